"""`sebrus scan`: read a dataset, write what is suspicious in it and why."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from sebrus.scan import Outcome

Tell = Callable[[str, float], None]
Dataset = Annotated[
    Path, typer.Argument(help="An .npz (x, y[, contributor, id]), a folder with metadata.csv, Parquet, a release.")
]
Trusted = Annotated[
    Path | None, typer.Option("--trusted", help="Items you vouch for, in the same forms.", metavar="PATH")
]
Out = Annotated[Path, typer.Option("--out", help="Where the results go.", metavar="DIR")]
Fdr = Annotated[float, typer.Option("--fdr", help="Share of wrong accusations to expect among accusations, 0 to 1.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the summary as JSON and nothing else.")]
FailOnFindings = Annotated[bool, typer.Option("--fail-on-findings", help="Exit 1 when anything is flagged.")]


def scan(
    source: Dataset,
    trusted: Trusted = None,
    out: Out = Path("sebrus-scan"),
    fdr: Fdr = 0.05,
    engine: Annotated[
        str, typer.Option("--engine", help="Where images are looked at: local, or ray (SEBRUS_RAY_ADDRESS).")
    ] = "local",
    as_json: AsJson = False,
    fail_on_findings: FailOnFindings = False,
) -> None:
    """Find mislabelled and poisoned images in a dataset, and the contributors who sent them."""
    from sebrus.scan import scan_path

    with watched("scan", source, fdr) as tell:
        outcome = scan_path(source, trusted, out, fdr, tell, engine)
    end(outcome, out, as_json, fail_on_findings)


@contextmanager
def watched(command: str, source: Path, fdr: float) -> Iterator[Tell]:
    """Show progress, and turn what is refused into one sentence and exit code 2."""
    from sebrus.scan import SourceError

    try:
        if not 0.0 < fdr < 1.0:
            raise SourceError(f"--fdr must be between 0 and 1, not {fdr:g}.")
        with _progress_bar() as tell:
            yield tell
    except SourceError as error:
        typer.echo(f"sebrus {command}: {' '.join(str(error).split())}", err=True)
        raise typer.Exit(2) from None
    except MemoryError:
        typer.echo(f"sebrus {command}: {source} does not fit into memory: {command} it in parts.", err=True)
        raise typer.Exit(2) from None


def end(outcome: "Outcome", out: Path, as_json: bool, fail_on_findings: bool) -> None:
    """Print the summary; exit 1 where findings are to fail."""
    _say(outcome, out, as_json)
    content = outcome.summary
    if fail_on_findings and (content["flagged_items"] or content["flagged_contributors"]):
        raise typer.Exit(1)


@contextmanager
def _progress_bar() -> Iterator[Tell]:
    """A bar on stderr when someone is watching and it takes over two seconds."""
    import time

    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    bar = Progress(*columns, console=console, transient=True, disable=not console.is_terminal)
    tasks = {}
    began = time.monotonic()

    def tell(stage: str, done: float) -> None:
        if not bar.live.is_started and time.monotonic() - began > 2.0:
            bar.start()
        if stage not in tasks:
            tasks[stage] = bar.add_task(stage, total=1.0)
        bar.update(tasks[stage], completed=done)

    try:
        yield tell
    finally:
        bar.stop()


def _say(outcome: "Outcome", out: Path, as_json: bool) -> None:
    """Print the summary, as JSON or in sentences."""
    from sebrus.scan.write import as_json as dump

    content = outcome.summary
    if as_json:
        typer.echo(dump(content), nl=False)
        return
    accused = content["flagged_contributors"]
    typer.echo(
        f"{content['flagged_items']} of {content['items']} items and {len(accused)} of "
        f"{content['contributors']} contributors flagged in {content['seconds']} s."
    )
    for one in accused[:20]:
        typer.echo(
            f"  {one['contributor']}: {one['test']} test, p = {one['p_value']:.2g}, "
            f"at least {one['min_bad_items']} bad items"
        )
    if len(accused) > 20:
        typer.echo(f"  and {len(accused) - 20} more")
    for limit in [*content["limits"], *([content["tested"]] if "tested" in content else [])]:
        typer.echo(f"  {limit}")
    typer.echo(f"See {out / 'report.html'}; the tables are beside it.")


__all__ = ["AsJson", "Dataset", "FailOnFindings", "Fdr", "Out", "Trusted", "end", "scan", "watched"]
