"""Parse the arguments, run the command, turn what it raises into a message and an exit code."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from reporting.cli.exits import Exit, UsageFault, exit_code
from reporting.cli.options import path
from reporting.cli.streams import drop, open_closed_streams, reader_gone
from reporting.spelling import did_you_mean
from reporting.version import VERSION


class _Group(TyperGroup):
    """Commands, with the nearest name for one that is mistyped."""

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command; UsageFault with the nearest name where there is none."""
        if cmd_name not in self.commands:
            hint = did_you_mean(cmd_name, self.commands) or f"; there are {', '.join(self.commands)}"
            raise UsageFault(f"no command {cmd_name!r}{hint}")
        return super().get_command(ctx, cmd_name)


app = typer.Typer(
    cls=_Group, rich_markup_mode=None, pretty_exceptions_enable=False, add_completion=False, no_args_is_help=True
)

Input = Annotated[
    Path,
    typer.Argument(
        parser=path, help="A workbook (.xlsx, .xlsm, .xls, .xlsb, .ods), or a folder of CSV or Parquet files."
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print nothing but results and errors.")]
Overrides = Annotated[
    Path | None, typer.Option("--overrides", parser=path, help="YAML file of problems that a named person accepts.")
]
LimitsFile = Annotated[
    Path | None, typer.Option("--limits", parser=path, help="YAML file with other limits for reading workbooks.")
]


def _show_version(wanted: bool) -> None:
    if wanted:
        print(f"reporting {VERSION}")
        raise typer.Exit


@app.callback()
def top(
    version: Annotated[  # noqa: ARG001 - its callback prints it
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Supervisory reports on leverage and contagion risk, from checked spreadsheets.

    Exit codes: 0 ok, 1 some institutions failed, 2 data rejected, 3 usage or configuration, 4 environment, 5 internal,
    141 nobody reads the output any more.
    """
    from reporting.batch.worker import ONE_THREAD

    os.environ.update(ONE_THREAD)  # before numpy is imported, which reads them once


@app.command()
def check(
    path: Input,
    overrides: Overrides = None,
    limits: LimitsFile = None,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings reject the input too.")] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check a submission and list every problem with its cell."""
    from reporting.cli.checking import check_command

    raise typer.Exit(check_command(path, overrides, limits, strict=strict, as_json=as_json, quiet=quiet))


@app.command()
def run(
    path: Input,
    report: Annotated[str, typer.Option("--report", help="Which report to make.")] = "leverage",
    out: Annotated[Path, typer.Option("--out", parser=path, help="Folder below which the run folder is made.")] = Path(
        "out"
    ),
    previous: Annotated[
        Path | None,
        typer.Option(
            "--previous", parser=path, help="Run folder of the earlier period, or the folder above its versions."
        ),
    ] = None,
    overrides: Overrides = None,
    limits: LimitsFile = None,
    partial: Annotated[
        bool, typer.Option("--partial", help="Go on in spite of errors; what rests on them is n/a.")
    ] = False,
    final: Annotated[bool, typer.Option("--final", help="Mark the report as final instead of draft.")] = False,
    pdf_variant: Annotated[str, typer.Option("--pdf-variant", help="pdf/a-3a or pdf/ua-1.")] = "pdf/a-3a",
    classification: Annotated[
        str, typer.Option("--classification", metavar="TEXT", help="Printed on every page instead of Confidential.")
    ] = "",
    templates: Annotated[
        list[Path] | None,
        typer.Option("--templates", parser=path, metavar="PATH", help="Folder of templates looked up first."),
    ] = None,
    institution: Annotated[
        str, typer.Option("--institution", metavar="LEI", help="Of a system: report on this institution inside it.")
    ] = "",
    anonymise: Annotated[
        bool, typer.Option("--anonymise", help="Of a system: mask the other institutions in every output.")
    ] = False,
    rule: Annotated[
        str, typer.Option("--rule", help="Of a system: whose figure counts, lender, borrower or larger.")
    ] = "lender",
    day: Annotated[
        str, typer.Option("--date", metavar="DAY", help="Of an edge list without one: its reference date.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check, say what would be written, write nothing.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check a submission, or a system of many, compute its figures and write report, workbook and figures."""
    from reporting.cli.running import Asked, run_command

    asked = Asked(
        path, report, out, previous, overrides, limits, partial, final, pdf_variant, classification,
        tuple(templates or ()),
        institution, anonymise, rule, day, dry_run, as_json, quiet,
    )  # fmt: skip
    raise typer.Exit(run_command(asked))


@app.command()
def batch(
    path: Annotated[
        Path, typer.Argument(parser=path, metavar="FILE", help="Batch file; `reporting init batch` writes one.")
    ],
    workers: Annotated[
        int | None, typer.Option("--workers", help="Processes, in place of the number in the file; 0: this one.")
    ] = None,
    dask: Annotated[
        str, typer.Option("--dask", metavar="ADDRESS", help="Dask scheduler, such as tcp://host:8786, or local.")
    ] = "",
    wait: Annotated[
        bool, typer.Option("--wait", help="Wait while another batch is at work on the output root.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check everything, say what would be done, write nothing.")
    ] = False,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Report on many submissions; what is unchanged since the last time is passed over."""
    from reporting.cli.batch import Asked, batch_command

    raise typer.Exit(batch_command(Asked(path, workers, dask, wait, dry_run, as_json, quiet)))


@app.command()
def init(
    kind: Annotated[str, typer.Argument(help="What to begin: batch.")],
    path: Annotated[Path | None, typer.Argument(parser=path, help="The file to write.")] = None,
) -> None:
    """Write a commented example of a file to begin with."""
    from reporting.cli.init import init_command

    raise typer.Exit(init_command(kind, path))


@app.command()
def explain(
    run: Annotated[
        Path,
        typer.Argument(
            parser=path, help="Run folder, such as out/2026-09-30/<LEI>/v01, or the folder above its versions."
        ),
    ],
    figure: Annotated[str, typer.Argument(help="Name of a figure; leave out to list them.")] = "",
    key: Annotated[str, typer.Argument(help="Row of a table figure.")] = "",
) -> None:
    """Print where a figure comes from, down to cells and paragraphs."""
    from reporting.cli.explaining import explain_command

    raise typer.Exit(explain_command(run, figure, key))


@app.command()
def diff(
    before: Annotated[
        Path, typer.Argument(parser=path, help="Run folder, or the folder above its versions for the latest.")
    ],
    after: Annotated[Path, typer.Argument(parser=path, help="The later run of the same institution.")],
    absolute: Annotated[
        float, typer.Option("--absolute", help="Smallest difference that is listed, in the unit of the figure.")
    ] = 0.0,
    relative: Annotated[
        float, typer.Option("--relative", help="Smallest difference that is listed, in per cent of the value before.")
    ] = 0.0,
    as_json: Json = False,
) -> None:
    """Compare two runs: which figures changed, why, and which input rows drive it."""
    from reporting.cli.comparing import diff_command

    raise typer.Exit(diff_command(before, after, absolute, relative, as_json=as_json))


@app.command()
def verify(
    path: Annotated[Path, typer.Argument(parser=path, help="Run folder, or the output root with all runs.")],
    inputs: Annotated[
        Path | None,
        typer.Option("--inputs", parser=path, help="Where the submissions are; otherwise where the log says."),
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="Make each run again and compare it, byte by byte on the same platform.")
    ] = False,
    head: Annotated[
        str, typer.Option("--head", help="SHA-256 that verify printed earlier: the log must still hold that line.")
    ] = "",
    limits: LimitsFile = None,
    as_json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Check that runs, their inputs and the log are still what was written."""
    from reporting.cli.verifying import verify_command

    raise typer.Exit(verify_command(path, inputs, head, limits, again=replay, as_json=as_json, quiet=quiet))


@app.command()
def query(
    root: Annotated[Path, typer.Argument(parser=path, help="The output root, named by --out of the runs.")],
    sql: Annotated[str, typer.Argument(help="A SELECT over the views figures and latest.")],
    as_json: Json = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print the result as CSV.")] = False,
    quiet: Quiet = False,
) -> None:
    """Answer a question in SQL over the figures of all runs."""
    from reporting.cli.querying import query_command

    raise typer.Exit(query_command(root, sql, as_json=as_json, as_csv=as_csv, quiet=quiet))


@app.command()
def rules(
    code: Annotated[str, typer.Argument(help="A rule code, such as EXP-003, or the beginning of one.")] = "",
    as_json: Json = False,
) -> None:
    """List the rules that a submission is checked against."""
    from reporting.cli.listing import rules_command

    raise typer.Exit(rules_command(code, as_json=as_json))


@app.command()
def parameters(
    jurisdiction: Annotated[str, typer.Option("--jurisdiction", help="basel or eu.")],
    on: Annotated[str, typer.Option("--on", help="The day, such as 2026-09-30.")],
    as_json: Json = False,
) -> None:
    """List the parameters of the law in force on a day."""
    from reporting.cli.listing import parameters_command

    raise typer.Exit(parameters_command(jurisdiction, on, as_json=as_json))


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code; messages go to standard error."""
    open_closed_streams()
    try:
        code = _run(arguments)
        sys.stdout.flush()
        sys.stderr.flush()
    except BrokenPipeError:
        return reader_gone()
    except OSError as error:  # a full disk behind standard output
        drop(sys.stdout)
        return _failed(f"the result cannot be written: {error.strerror}", Exit.ENVIRONMENT)
    return code


def _run(arguments: list[str] | None) -> int:
    try:
        code = app(args=arguments, standalone_mode=False, prog_name="reporting")
    except SystemExit:  # asked not to, the parser still exits in one case: who read our output is gone
        return reader_gone()
    except BrokenPipeError:
        raise
    except KeyboardInterrupt:
        return _failed("interrupted", Exit.ENVIRONMENT)
    except Exception as error:  # noqa: BLE001 - each becomes a message and an exit code, here and nowhere else
        return _ended(error)
    return code if isinstance(code, int) else Exit.OK


def _ended(error: Exception) -> int:
    """Message and exit code of what ended a command.

    The parser's own errors are known by what they can do: it carries its own copy of the library that defines them.
    """
    if isinstance(error, typer.Exit):
        return error.exit_code
    if isinstance(error, typer.Abort):
        return _failed("interrupted", Exit.ENVIRONMENT)
    if callable(wording := getattr(error, "format_message", None)):
        return _failed(wording(), Exit.USAGE)
    code = exit_code(error)
    if code is not Exit.INTERNAL:
        return _failed(str(error), code)
    import traceback

    traceback.print_exception(error)
    return _failed("this is a fault of the program, not of your data; please report it with the text above", code)


def _failed(message: str, code: Exit) -> int:
    print(f"reporting: {message}", file=sys.stderr)
    return int(code)
