// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

import {BatchState} from "../types/BatchState.sol";
import {DatasetParams, Phase, ScreeningOpening} from "./Types.sol";

/// @title Errors and events of SeBRUS
interface ISebrusEvents {
    // ------------------------------------------------------------------ errors

    /// A number in the policy is outside its range; `field` names it.
    error InvalidPolicy(bytes32 field);
    /// The dataset's parameters are unusable: no owner or fewer than two classes.
    error InvalidDataset();
    /// A dataset with these parameters and salt exists already.
    error DatasetExists();
    error UnknownDataset();
    error DatasetClosed();
    /// Only the dataset's owner may do this.
    error NotOwner();
    /// Only the dataset's detector may do this.
    error NotDetector();
    /// Only the guardian may do this.
    error NotGuardian();
    /// New submissions are paused.
    error SubmissionsPaused();
    /// Ether is counted in whole gwei here; the value has a remainder.
    error NotWholeGwei();
    /// An amount of zero moves nothing.
    error ZeroAmount();
    error ZeroAddress();
    /// The contract holds at most 2**52 - 1 gwei (4.5 million ether), so that no sum can overflow.
    error AmountTooLarge();
    /// The guardian, the minimum stake (16 to 2**40 gwei) or the epoch length (8 to 2**20 blocks) is unusable.
    error InvalidDeployment();
    /// The account has not enough free balance.
    error InsufficientBalance(uint64 available, uint64 needed);
    /// The dataset's bounty cannot cover this batch.
    error InsufficientBounty(uint64 available, uint64 needed);
    /// A stake must stay at zero or at least at the minimum.
    error StakeTooSmall(uint64 stake, uint64 minimum);
    /// The stake is held by open seats.
    error StakeLocked(uint64 locked);
    /// The part of the reviewer's stake that no open seat holds is less than the seat stake that committing locks.
    error InsufficientStake(uint64 available, uint64 needed);
    /// The stake tree is full.
    error TooManyReviewers();
    /// The signature is not the account's, or the account did not send this itself.
    error InvalidSignature();
    /// The signed deadline has passed.
    error SignatureExpired();
    /// The receiver refused the ether.
    error TransferFailed();
    /// A batch has between 1 and the policy's maxItems items.
    error InvalidItemCount();
    error BatchExists();
    /// The batch is not in the phase this needs.
    error WrongPhase(Phase current);
    /// The record brought is not the batch's: it is out of date or altered.
    error WrongRecord();
    /// The window this needs is not open yet.
    error TooEarly();
    /// The window for this has closed.
    error TooLate();
    /// A commitment of zero binds nobody.
    error ZeroCommitment();
    /// The positions hold fewer pictures than items in question, or more gold than the policy allows.
    error InvalidPositions();
    /// More linked accounts than one screening may name.
    error TooManyLinks();
    /// The entropy block is not mined yet.
    error EntropyNotReady();
    /// The entropy block is out of reach, or the commit window has closed; ask again with requestDraw.
    error EntropyMissed();
    /// The pending entropy is still usable; draw with it.
    error EntropyPending();
    /// These are not the lists of excluded accounts of this batch.
    error WrongExclusions();
    /// The hint does not name the accounts that the urn yields, in their order.
    error WrongHint();
    /// These addresses are not the panel of this round.
    error WrongPanel();
    /// There is no such seat.
    error WrongSeat(uint8 seat);
    /// This seat has committed already.
    error AlreadyCommitted(uint8 seat);
    /// These are not the commitments of this round in their order, or an opening does not match its commitment.
    error WrongBallots();
    /// This seat has revealed; its opening must be brought again.
    error MissingOpening(uint8 seat);
    /// A bitmap has the wrong number of words, or bits beyond the last place.
    error InvalidBitmap();
    /// The screening opened is not the one committed.
    error WrongScreening();
    /// The screening opened is the one committed, but cannot be: its gold does not fit the positions.
    error InvalidGold();
    /// This is not the bitmap of the items in question.
    error WrongQuestion();
    /// This is not the decision so far.
    error WrongDecision();
    /// These are not the open appeals in their order.
    error WrongAppeals();
    /// There is no further panel to appeal to.
    error NoFurtherRound();
    /// An appeal names at least one item, none that is under appeal already, and every item where nothing is decided yet.
    error InvalidAppeal();
    /// Items are under appeal: start their round first.
    error AppealsOpen();
    /// These are not the concluded rounds of this batch in their order.
    error WrongHistory();
    /// A release must hold at least one item and a root.
    error InvalidRelease();

    // ------------------------------------------------------------------ events

    event Deposited(address indexed account, address indexed from, uint64 amount);
    event Withdrawn(address indexed account, uint64 amount);
    /// What `payOut` sent: `account << 64 | amount`, the amount in gwei. One event for all, after the last.
    event PaidOut(uint256[] payments);
    event PayoutSet(address indexed account, bool payout);
    event Staked(address indexed reviewer, uint32 index, uint64 amount, uint64 stake);
    event Unstaked(address indexed reviewer, uint64 amount, uint64 stake);
    event DatasetCreated(bytes32 indexed datasetId, DatasetParams params, bytes32 policyHash);
    event DatasetFunded(bytes32 indexed datasetId, address indexed from, uint64 amount);
    /// The owner took back what is not reserved; nothing new can be submitted.
    event DatasetClosedByOwner(bytes32 indexed datasetId, uint64 returned);
    event Submitted(
        bytes32 indexed batchId,
        bytes32 indexed datasetId,
        address indexed contributor,
        bytes32 root,
        uint16 itemCount,
        uint64 stake,
        uint64 reserve,
        uint40 screeningDeadline
    );
    event Screened(
        bytes32 indexed batchId, uint8 round, bytes32 commitment, bytes32 taskRoot, uint16 positions, address[] links
    );
    /// `reserve` is what the larger panel takes of the bounty in addition, when the batch goes on with it.
    event ScreeningSkipped(bytes32 indexed batchId, uint8 round, uint64 reserve);
    /// `round` and `seats` are those of the panel to be drawn. The windows run from here: when the draw is made moves nothing.
    event DrawRequested(
        bytes32 indexed batchId,
        uint8 round,
        uint8 seats,
        uint48 entropyBlock,
        uint40 commitDeadline,
        uint40 revealDeadline
    );
    event Drawn(bytes32 indexed batchId, uint8 round, address[] panel, bytes32 entropy, uint32 epoch);
    /// Fewer than the quorum could be drawn: the decision so far is final. `returned` went back to the bounty, and each
    /// open appeal's bond to its appellant.
    event Unseated(bytes32 indexed batchId, uint8 round, uint64 returned);
    /// `seats` has a byte for each commitment, from the least significant on.
    event Committed(bytes32 indexed batchId, uint8 round, uint256 seats, bytes32[] commitments);
    /// All commitments of the round in their order, with the openings brought; what is told is as in `Ballots`.
    event Revealed(
        bytes32 indexed batchId, uint8 round, uint256 seats, uint256 opened, bytes32[] secrets, uint256[] verdicts
    );
    event ScreeningOpened(bytes32 indexed batchId, uint8 round, ScreeningOpening opening);
    /// `counted` are the seats that counted, bit j for seat j; `conclusive` whether they decided. The bitmaps are the
    /// decision so far, over items, empty without one.
    event Concluded(
        bytes32 indexed batchId,
        uint8 round,
        BatchState status,
        uint32 counted,
        bool conclusive,
        uint256[] accepted,
        uint256[] panelAccepted
    );
    /// The next round begins. `question` is empty when every item is in question; `reserve` came from the bounty, zero
    /// for appeals.
    event Escalated(
        bytes32 indexed batchId, uint8 round, uint16 items, uint256[] question, uint64 reserve, uint40 screeningDeadline
    );
    /// Nothing more is in question, or nobody can be asked: held for appeals until the deadline.
    event Held(bytes32 indexed batchId, uint40 deadline);
    event Appealed(bytes32 indexed batchId, address indexed appellant, uint256[] items, uint64 bond);
    /// What an appellant got back and was rewarded with, and what of it came from the bounty.
    event AppealSettled(bytes32 indexed batchId, address indexed appellant, uint64 amount, uint64 fromBounty);
    /// `results` are per seat, round after round, in gwei: above zero what it was paid, below what it lost.
    event Settled(
        bytes32 indexed batchId,
        bool decided,
        uint16 acceptedCount,
        uint64 stakeReturned,
        uint64 reward,
        uint64 bountyReturned,
        int64[] results
    );
    event Released(
        bytes32 indexed datasetId, uint32 version, bytes32 manifestRoot, uint32 itemCount, bytes32 manifestHash
    );
    event SubmissionsPausedSet(bool paused);
}
