"""`sebrus audit`: train networks on a dataset, say what is suspicious in it, and how much of it would be found."""

from pathlib import Path
from typing import Annotated

import typer

from sebrus.cli.scan import AsJson, Dataset, FailOnFindings, Fdr, Out, Trusted, end, watched


def audit(
    source: Dataset,
    trusted: Trusted = None,
    out: Out = Path("sebrus-audit"),
    fdr: Fdr = 0.05,
    as_json: AsJson = False,
    fail_on_findings: FailOnFindings = False,
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

    with watched("audit", source, fdr) as tell:
        if plants < 0 or seed < 0:
            raise SourceError("--plants and --seed must be 0 or more.")
        outcome = audit_path(source, trusted, out, fdr, plants, seed, device, tell)
    end(outcome, out, as_json, fail_on_findings)


__all__ = ["audit"]
