// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.37;

/// @notice The rules of a dataset: fixed at creation, part of its identity. Amounts are in gwei.
struct Policy {
    uint64 itemStake; // locked by the contributor for each item
    uint64 itemReward; // paid to the contributor for each accepted item
    uint64 reviewFee; // paid to a reviewer for each coherent verdict
    uint64 seatStake; // locked by committing; the most a reviewer can lose in one seat
    uint8 panelSize; // seats when the detector has screened the batch; odd
    uint8 panelSizeUnscreened; // seats when it stayed silent; odd, at least panelSize
    uint8 quorum; // revealed seats a round needs to count
    uint8 maxRounds; // failed rounds after which a batch is voided
    uint8 detectorVotes; // reject votes that a flag weighs in the tally
    uint16 maxItems; // items in one batch, at most 4096
    uint16 drawDelay; // blocks between asking for entropy and having it
    uint32 screeningWindow; // seconds the detector has to commit its screening
    uint32 commitWindow; // seconds reviewers have to commit
    uint32 revealWindow; // seconds they then have to reveal; and after it, the detector to open
    uint16 rejectedSlashBps; // share of the item stake lost for an item the panel rejects
    uint16 silentSlashBps; // share of the seat stake lost for committing and not revealing
    uint16 incoherentSlashBps; // share of the review fee lost for each incoherent verdict; may exceed 10000
}

/// @notice What creates a dataset; its hash is the dataset's id.
struct DatasetParams {
    address owner;
    address detector; // may commit screenings; zero for none
    uint16 classCount;
    bytes32 metadataHash; // sha256 of the metadata document (name, classes, trusted seed)
    bytes32 salt;
    Policy policy;
}

/// @notice What identifies a batch; its hash is the batch's id, so none of it needs storage.
struct BatchKey {
    bytes32 datasetId;
    address contributor;
    bytes32 root; // StandardMerkleTree over (uint256 index, bytes32 sha256, uint16 label)
    uint16 itemCount;
}

/// @notice A reviewer's commitment, with the authorisation to bring it (empty signature: the reviewer sends it).
struct Vote {
    uint8 seat;
    bytes32 commitment;
    uint256 deadline;
    bytes signature;
}

/// @notice A commitment made in this round, in the order of the `Committed` events.
struct Ballot {
    uint8 seat;
    bytes32 commitment;
}

/// @notice What opens a commitment.
struct Opening {
    uint8 seat;
    bytes32 salt;
    uint256[] verdicts; // bit i % 256 of word i / 256: 1 accepts item i
}

/// @notice Verdicts revealed in this round, in the order of the `Revealed` events.
struct RevealedVerdicts {
    uint8 seat;
    uint256[] verdicts;
}

/// @notice What opens the screening; `opened` is false when the detector never did.
struct ScreeningOpening {
    bool opened;
    bytes32 modelHash;
    bytes32 scoresRoot;
    bytes32 salt;
    uint256[] flags; // bit i % 256 of word i / 256: 1 flags item i
}

/// @notice An account's money and place, in gwei.
struct Account {
    uint64 free; // can be withdrawn, staked or locked by a batch
    uint64 stake; // the reviewer's stake, the weight in draws
    uint64 locked; // the part of it held by open seats that have committed; never more than the stake
    uint32 index; // place in the stake tree plus one; 0 for who has none
    uint32 nonce; // of signed money movements
}

/// @notice Where a batch stands.
enum Phase {
    None,
    Submitted, // waits for the screening
    Drawing, // waits for its entropy block, then for the draw
    Voting, // commits until the commit deadline or all have, then reveals
    Settled,
    Voided
}

/// @title The one contract of SeBRUS: datasets, stakes, batches, panels, verdicts, settlement, releases
/// @dev Errors and events live here; the modules hold logic only. docs/protocol.md is the specification.
interface ISebrus {
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
    /// The contract holds at most 2**56 - 1 gwei (72 million ether), so that no sum can overflow.
    error AmountTooLarge();
    /// The guardian, the minimum stake (1 to 2**40 gwei) or the epoch length (8 to 2**20 blocks) is unusable.
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
    /// The window this needs is not open yet.
    error TooEarly();
    /// The window for this has closed.
    error TooLate();
    /// A commitment of zero binds nobody.
    error ZeroCommitment();
    /// The entropy block is not mined yet.
    error EntropyNotReady();
    /// The entropy block is out of reach; ask again with requestDraw.
    error EntropyMissed();
    /// The pending entropy is still usable; draw with it.
    error EntropyPending();
    /// These addresses are not the panel of this round.
    error WrongPanel();
    /// There is no such seat.
    error WrongSeat(uint8 seat);
    /// This seat has committed already.
    error AlreadyCommitted(uint8 seat);
    /// This seat has revealed already.
    error AlreadyRevealed(uint8 seat);
    /// These are not the commitments of this round in their order.
    error WrongBallots();
    /// The opening does not match the seat's commitment.
    error WrongOpening(uint8 seat);
    /// The verdicts have the wrong number of words, or bits beyond the last item.
    error InvalidBitmap();
    /// These are not the revealed verdicts of this round in their order.
    error WrongVerdicts();
    /// The screening opened is not the one committed.
    error WrongScreening();
    /// Fewer seats revealed than the quorum: the round has failed, see failRound.
    error QuorumMissing();
    /// The quorum is there: settle.
    error QuorumReached();
    /// A release must hold at least one item and a root.
    error InvalidRelease();

    // ------------------------------------------------------------------ events

    event Deposited(address indexed account, address indexed from, uint64 amount);
    event Withdrawn(address indexed account, uint64 amount);
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
    event Screened(bytes32 indexed batchId, bytes32 commitment);
    event ScreeningSkipped(bytes32 indexed batchId);
    event DrawRequested(bytes32 indexed batchId, uint8 round, uint8 seats, uint48 entropyBlock);
    event Drawn(
        bytes32 indexed batchId,
        uint8 round,
        address[] panel,
        bytes32 entropy,
        uint32 epoch,
        uint40 commitDeadline,
        uint40 revealDeadline
    );
    event Committed(bytes32 indexed batchId, address indexed reviewer, uint8 round, uint8 seat, bytes32 commitment);
    event Revealed(
        bytes32 indexed batchId, address indexed reviewer, uint8 round, uint8 seat, bytes32 salt, uint256[] verdicts
    );
    event ScreeningOpened(
        bytes32 indexed batchId, bytes32 modelHash, bytes32 scoresRoot, bytes32 salt, uint256[] flags
    );
    /// Too few revealed; who committed and stayed silent lost stake, the batch is drawn again or voided. `slashes` are
    /// per seat, in gwei.
    event RoundFailed(bytes32 indexed batchId, uint8 round, uint64[] slashes);
    /// `payouts` and `slashes` are per seat, in gwei; both zero for a seat that never committed.
    event Settled(
        bytes32 indexed batchId,
        uint8 round,
        uint16 acceptedCount,
        uint256[] accepted,
        uint256[] panelAccepted,
        uint64 stakeReturned,
        uint64 reward,
        uint64[] payouts,
        uint64[] slashes
    );
    /// No panel could decide: stake and reserve are back.
    event Voided(bytes32 indexed batchId, uint8 round);
    event Released(
        bytes32 indexed datasetId, uint32 version, bytes32 manifestRoot, uint32 itemCount, bytes32 manifestHash
    );
    event SubmissionsPausedSet(bool paused);

    // ------------------------------------------------------------------ money

    /// Credits `account`; anyone may pay for anyone.
    function deposit(address account) external payable;
    /// Sends `amount` of the account's free balance to the account itself.
    function withdraw(address account, uint64 amount, uint256 deadline, bytes calldata signature) external;
    function stake(address reviewer, uint64 amount, uint256 deadline, bytes calldata signature) external;
    function unstake(address reviewer, uint64 amount, uint256 deadline, bytes calldata signature) external;

    // ------------------------------------------------------------------ datasets

    /// The sender must be `params.owner`; the value becomes the first bounty.
    function createDataset(DatasetParams calldata params) external payable returns (bytes32 datasetId);
    function fundDataset(bytes32 datasetId) external payable;
    function closeDataset(bytes32 datasetId) external;
    function publishRelease(bytes32 datasetId, bytes32 manifestRoot, uint32 itemCount, bytes32 manifestHash) external;

    // ------------------------------------------------------------------ the life of a batch

    function submit(BatchKey calldata key, uint256 deadline, bytes calldata signature) external;
    function commitScreening(BatchKey calldata key, bytes32 commitment) external;
    function skipScreening(BatchKey calldata key) external;
    function requestDraw(BatchKey calldata key) external;
    function draw(BatchKey calldata key) external;
    /// Committing is consent to the dataset's policy: only now is the seat stake of the reviewer's stake locked.
    function commit(BatchKey calldata key, address[] calldata panel, Vote[] calldata votes) external;
    function reveal(
        BatchKey calldata key,
        address[] calldata panel,
        Ballot[] calldata ballots,
        Opening[] calldata openings
    ) external;
    function settle(
        BatchKey calldata key,
        address[] calldata panel,
        RevealedVerdicts[] calldata revealed,
        ScreeningOpening calldata screening
    ) external;
    function failRound(BatchKey calldata key, address[] calldata panel) external;

    // ------------------------------------------------------------------ guardian

    function setSubmissionsPaused(bool paused) external;

    // ------------------------------------------------------------------ views

    /// The least stake that counts in draws, in gwei.
    function minStake() external view returns (uint64);
    /// Blocks in an epoch.
    function epochLength() external view returns (uint32);
    function accountOf(address account) external view returns (Account memory);
    function bountyOf(bytes32 datasetId) external view returns (uint64);
    function policyOf(bytes32 datasetId) external view returns (Policy memory);
    function datasetIdOf(DatasetParams calldata params) external pure returns (bytes32);
    function batchIdOf(BatchKey calldata key) external pure returns (bytes32);
    function phaseOf(bytes32 batchId) external view returns (Phase);
    /// keccak256 of the accepted bitmap of a settled batch; zero before.
    function outcomeOf(bytes32 batchId) external view returns (bytes32);
    function releaseOf(bytes32 datasetId, uint32 version) external view returns (bytes32 manifestRoot);
    function ballotDigest(
        bytes32 batchId,
        uint8 round,
        bytes32 panelHash,
        bytes32 policyHash,
        address reviewer,
        bytes32 verdictsHash,
        bytes32 salt
    ) external view returns (bytes32);
    function verifyItem(
        BatchKey calldata key,
        uint256 index,
        bytes32 sha256Hash,
        uint16 label,
        bytes32[] calldata proof
    ) external pure returns (bool);
}
