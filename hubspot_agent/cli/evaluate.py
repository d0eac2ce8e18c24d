"""`hubspot-agent evaluate`: measures how often a model leaves the CRM in the right state."""

import argparse
import errno
import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hubspot_agent.cli.common import FAILED, OK, load_settings
from hubspot_agent.errors import CannotStartError, ModelNotConfiguredError
from hubspot_agent.texts import Texts

if TYPE_CHECKING:
    from hubspot_agent.evals.cases import Case
    from hubspot_agent.evals.prices import Price
    from hubspot_agent.evals.runner import Evaluation
    from hubspot_agent.evals.storage import Report, RunDirectory, Setup
    from hubspot_agent.evals.verdict import CaseResult
    from hubspot_agent.settings import Settings

HELP = "measure how often a model leaves the CRM in the right state"
EXTRA = "evals"

_OWN_GRAPH = "hubspot_agent:build_graph"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what to run, how, and where the report goes to `parser`."""
    parser.description = "Play conversations on sandboxes and compare what these then hold with what they must hold."
    switch = ("on", "off")
    parser.add_argument(
        "--model",
        metavar="NAME",
        help='what init_chat_model takes, "demo", or "module:attribute" of a chat model; default: the settings\' own',
    )
    parser.add_argument(
        "--cases", type=Path, action="append", metavar="FILE", help="a file of cases, JSON Lines; default: all ours"
    )
    parser.add_argument("--tag", action="append", metavar="TAG", help="only cases with this tag, such as nl or memory")
    parser.add_argument("--sample", type=_positive, metavar="N", help="only about N cases, evenly chosen")
    parser.add_argument("--repeat", type=_positive, default=1, metavar="K", help="run each case K times")
    parser.add_argument("--at-once", type=_positive, default=8, metavar="N", help="default: %(default)s")
    parser.add_argument(
        "--approvals", default="off", help="on: each write waits, and is decided as the case says", choices=switch
    )
    parser.add_argument("--guards", default="on", help="off: the three tools without guards", choices=switch)
    parser.add_argument(
        "--graph",
        default=_OWN_GRAPH,
        metavar="MODULE:FUNCTION",
        help="builds the graph to measure, from model, contacts and checkpointer; default: %(default)s",
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there too")
    parser.add_argument("--out", type=Path, metavar="DIR", help="keep the transcripts there")
    parser.add_argument("--resume", action="store_true", help="go on with the interrupted run in DIR")
    parser.add_argument("--against", type=Path, metavar="FILE", help="compare with an earlier run's --json FILE")
    parser.add_argument(
        "--langsmith", metavar="DATASET", help="send the report to LangSmith too, with LANGSMITH_API_KEY"
    )
    parser.add_argument("--min-right", type=_share, metavar="SHARE", help="fail if less is right, 0 to 1")
    parser.add_argument(
        "--price", type=_price, metavar="IN/OUT", help="US dollars for a million tokens read and written"
    )


def run(options: argparse.Namespace, texts: Texts) -> int:
    """Run the cases that `options` ask for, print the report, and return the exit status: 1 when too little is right.

    Raises:
        CannotStartError: The cases, the model or a file cannot be used.
    """
    from rich.console import Console

    from hubspot_agent.evals.prices import price_of
    from hubspot_agent.evals.storage import Setup, report, write_report
    from hubspot_agent.evals.table import print_report

    settings = load_settings()
    model = options.model or settings.model
    cases, former = _cases(options), _former(options.against)
    evaluation = _evaluation(options, model, settings)
    setup = Setup(
        model=model,
        graph=options.graph,
        cases=[case.id for case in cases],
        repeat=options.repeat,
        approvals=options.approvals,
        guards=options.guards,
    )
    directory = _directory(options, setup)
    _check_writable(options.json)
    if options.langsmith and not os.environ.get("LANGSMITH_API_KEY"):
        raise CannotStartError("eval_langsmith_key")
    results, whole = _run(cases, evaluation, directory, texts)
    price: Price | None = options.price or price_of(model)
    tokens = [sum(getattr(each, name) for each in results) for name in ("input_tokens", "output_tokens")]
    made = report(setup, results, price.cost(*tokens) if price else None)
    print_report(made, Console(highlight=False, markup=False), texts, former)
    _print_notes(options, model, texts)
    if options.json:
        try:
            write_report(made, options.json)
        except OSError as error:
            raise CannotStartError("eval_unwritable", file=options.json, error=error.strerror) from error
        print(texts("evaluate.wrote", file=options.json))
    if options.langsmith:
        _upload(made, cases, options.langsmith)
    if not whole:
        key = "interrupted_resumable" if options.out else "interrupted"
        runs = len(cases) * options.repeat
        print(texts(f"evaluate.{key}", done=len(results), runs=runs, directory=options.out), file=sys.stderr)
        # Python would wait for the turns under way before it ends.
        sys.stdout.flush()
        os._exit(FAILED)
    return _status(made, options, texts)


def _status(made: "Report", options: argparse.Namespace, texts: Texts) -> int:
    if options.min_right is not None and (made.summary.right_share or 0) < options.min_right:
        print(texts("evaluate.below"), file=sys.stderr)
        return FAILED
    return OK


def _print_notes(options: argparse.Namespace, model: str, texts: Texts) -> None:
    if model == "demo":
        print(texts("evaluate.demo"))
    if options.guards == "off":
        print(texts("evaluate.unguarded"))


def _run(
    cases: "list[Case]", evaluation: "Evaluation", directory: "RunDirectory | None", texts: Texts
) -> "tuple[list[CaseResult], bool]":
    """Return the results, and whether they are all: not when the user interrupts."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from hubspot_agent.evals import runner

    results = list(directory.earlier) if directory else []
    done = frozenset((each.id, each.run) for each in results)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    try:
        with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
            total = len(cases) * evaluation.repeat
            task = progress.add_task(texts("evaluate.running"), total=total, completed=len(results))
            for result in runner.evaluate(cases, evaluation, done):
                results.append(result)
                if directory:
                    directory.add(result)
                progress.advance(task)
    except KeyboardInterrupt:
        return results, False
    except runner.ModelUnusableError as error:
        raise CannotStartError(
            "eval_stopped", reason=texts(f"failures.{error.key}", setting="OPENAI_API_KEY")
        ) from None
    except OSError as error:
        file = error.filename or (directory.path if directory else "")
        raise CannotStartError("eval_unwritable", file=file, error=error.strerror) from error
    return results, True


def _upload(made: "Report", cases: "list[Case]", dataset: str) -> None:
    from langsmith.utils import LangSmithError

    from hubspot_agent.evals.langsmith_upload import upload

    try:
        upload(made, cases, dataset)
    except LangSmithError as error:
        # Not the error's text, which may quote what was sent.
        raise CannotStartError("eval_not_sent", error=type(error).__name__) from error


def _cases(options: argparse.Namespace) -> "list[Case]":
    from hubspot_agent.evals.cases import CaseFileError, case_files, read_cases

    try:
        cases = read_cases(options.cases or case_files())
        cases = [case for case in cases if not options.tag or set(options.tag) & set(case.tags)]
        if not cases:
            raise CaseFileError(f"There is no case with the tag {' or '.join(options.tag)}.")
    except CaseFileError as error:
        raise CannotStartError("eval_cases_unusable", error=error) from error
    step = max(1, len(cases) // options.sample) if options.sample else 1
    return cases[::step]


def _evaluation(options: argparse.Namespace, model: str, settings: "Settings") -> "Evaluation":
    from hubspot_agent.evals.models import UnknownNameError, graph_builder_named, model_named
    from hubspot_agent.evals.runner import Evaluation
    from hubspot_agent.evals.unguarded import build_unguarded_graph
    from hubspot_agent.graph import build_graph

    own = options.graph == _OWN_GRAPH
    if options.guards == "off" and not own:
        raise CannotStartError("eval_guards_graph")
    try:
        # Approvals are the evaluation's to choose, whatever the settings say.
        builder: Any = partial(build_graph, settings=settings.model_copy(update={"approve_writes": False}))
        if options.guards == "off":
            builder = build_unguarded_graph
        elif not own:
            builder = graph_builder_named(options.graph)
        return Evaluation(
            model=model_named(model, settings),
            build_graph=builder,
            approve_writes=options.approvals == "on",
            repeat=options.repeat,
            at_once=options.at_once,
        )
    except UnknownNameError as error:
        raise CannotStartError("eval_model_unusable", error=error) from error
    except ModelNotConfiguredError as error:
        raise CannotStartError("eval_key_missing", setting=error.setting) from error


def _directory(options: argparse.Namespace, setup: "Setup") -> "RunDirectory | None":
    from hubspot_agent.evals.storage import OtherRunError, RunDirectory

    if options.out is None:
        if options.resume:
            raise CannotStartError("eval_resume_needs_out")
        return None
    try:
        return RunDirectory(options.out, setup, resume=options.resume)
    except OtherRunError as error:
        raise CannotStartError("eval_directory_taken", error=error) from error
    except OSError as error:
        raise CannotStartError("eval_unwritable", file=options.out, error=error.strerror) from error


def _former(file: Path | None) -> "Report | None":
    from hubspot_agent.evals.storage import read_report

    if file is None:
        return None
    try:
        return read_report(file)
    except (OSError, ValueError) as error:
        raise CannotStartError("eval_unreadable", file=file) from error


def _check_writable(file: Path | None) -> None:
    """Look before the run, which may cost money, whether its report can be written after it."""
    if file is None:
        return
    target = file if file.exists() else file.parent
    if not (target.exists() and os.access(target, os.W_OK) and not file.is_dir()):
        problem = errno.EACCES if target.exists() else errno.ENOENT
        raise CannotStartError("eval_unwritable", file=file, error=os.strerror(problem))


def _positive(typed: str) -> int:
    if not typed.isdigit() or int(typed) < 1:
        raise argparse.ArgumentTypeError(f"{typed!r} is no whole number from 1 on")
    return int(typed)


def _share(typed: str) -> float:
    try:
        share = float(typed)
    except ValueError:
        share = -1
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{typed!r} is no number from 0 to 1")
    return share


def _price(typed: str) -> "Price":
    from hubspot_agent.evals.prices import Price

    try:
        read, written = map(float, typed.split("/"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{typed!r} is no price such as 0.75/4.50") from None
    return Price(read, written)
