"""`sebrus audit`: train networks on a dataset, say what is suspicious in it, and how much of it would be found."""

from pathlib import Path
from typing import Annotated

import typer

from sebrus.cli.scan import progress_bar, say


def audit(
    source: Annotated[Path, typer.Argument(help="An .npz (x, y[, contributor, id]) or a folder with metadata.csv.")],
    trusted: Annotated[
        Path | None, typer.Option("--trusted", help="Items you vouch for, in the same forms.", metavar="PATH")
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Where the results go.", metavar="DIR")] = Path("sebrus-audit"),
    fdr: Annotated[
        float, typer.Option("--fdr", help="Share of wrong accusations to expect among accusations, 0 to 1.")
    ] = 0.05,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")] = False,
    fail_on_findings: Annotated[
        bool, typer.Option("--fail-on-findings", help="Exit 1 when anything is flagged.")
    ] = False,
    plants: Annotated[
        int, typer.Option("--plants", help="Poisoned contributors to plant in a copy, to measure power; 0 for none.")
    ] = 10,
    seed: Annotated[int, typer.Option("--seed", help="Deals folds, weights and plants.")] = 0,
    device: Annotated[
        str, typer.Option("--device", help="auto (CUDA when there), cpu or cuda.", metavar="auto|cpu|cuda")
    ] = "auto",
) -> None:
    """Scan a dataset with networks trained on it, and measure how much such an audit finds. Needs the extra `deep`."""
    from sebrus.scan.audit import audit_path
    from sebrus.scan.errors import SourceError

    try:
        if not 0.0 < fdr < 1.0:
            raise SourceError(f"--fdr must be between 0 and 1, not {fdr:g}.")
        if plants < 0 or seed < 0:
            raise SourceError("--plants and --seed must be 0 or more.")
        with progress_bar() as tell:
            outcome = audit_path(source, trusted, out, fdr, plants, seed, device, tell)
    except SourceError as error:
        typer.echo(f"sebrus audit: {' '.join(str(error).split())}", err=True)
        raise typer.Exit(2) from None
    except MemoryError:
        typer.echo(f"sebrus audit: {source} does not fit into memory: audit it in parts.", err=True)
        raise typer.Exit(2) from None
    say(outcome, out, as_json)
    content = outcome.summary
    if fail_on_findings and (content["flagged_items"] or content["flagged_contributors"]):
        raise typer.Exit(1)


__all__ = ["audit"]
