"""`sebrus deploy`: put the contract on a chain, once per home."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from sebrus.cli.failures import fail, opening
from sebrus.cli.run import read_settings

if TYPE_CHECKING:
    from sebrus.platform.settings import Settings


def deploy(
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before ether is spent.")] = False,
    chain_id: Annotated[
        int | None, typer.Option("--chain-id", metavar="N", help="Refuse unless the node is of this chain.")
    ] = None,
) -> None:
    """Deploy the contract to the chain at SEBRUS_RPC_URL, once per home; the operator's account pays."""
    from sebrus.chain.deployment import ensure_deployed, find_deployed
    from sebrus.chain.rpc import wait_for_chain
    from sebrus.platform.operator import load_operator

    settings = read_settings()
    url, path = settings.effective_rpc_url, settings.deployment_path
    with opening():
        wait_for_chain(url, 10)
        operator = load_operator(settings.operator_key_path, settings.passphrase_path)
        _refuse_other_chain(url, chain_id)
        deployment = find_deployed(url, path)
        if deployment is None:
            if not yes and not settings.embedded:
                _confirm(settings, operator.address)
            deployment = ensure_deployed(url, path, operator, lambda step: typer.echo(step, err=True))
    typer.echo(f"Sebrus is at {deployment.address} on chain {deployment.chain_id}, from block {deployment.block}.")


def _refuse_other_chain(url: str, wanted: int | None) -> None:
    from sebrus.chain.rpc import connected, guarded

    with connected(url) as web3:
        found = guarded(lambda: web3.eth.chain_id)
    if wanted is not None and found != wanted:
        fail(f"The node is on chain {found}, not on {wanted}; correct SEBRUS_RPC_URL.")


def _confirm(settings: Settings, operator: str) -> None:
    from sebrus.chain.creation import price
    from sebrus.chain.rpc import connected, guarded

    with connected(settings.effective_rpc_url) as web3:
        needed = guarded(lambda: price(web3, operator))
    if needed.balance < needed.cost:
        return  # there is nothing to ask: the deployment says what is missing
    typer.echo(
        f"The contract goes to chain {needed.chain_id}, deployed by {operator}, who becomes guardian. It takes about "
        f"{needed.gas} gas: {needed.cost / 10**18:.6g} of its {needed.balance / 10**18:.6g} ether.",
        err=True,
    )
    if not sys.stdin.isatty():
        fail("Nobody is there to be asked whether to spend it; add --yes.")
    if not typer.confirm("Deploy?", err=True):
        fail("Nothing was sent.", 1)
