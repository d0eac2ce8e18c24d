"""The notebooks run, as they are kept and on other services, and the chat in a cell answers."""

import os
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError
from playwright.async_api import async_playwright, expect

from hubspot_agent.sandbox import Sandbox
from support.openai_wire import KEY, OpenAIWire, demo
from support.services import installed_or_skip

sys.path.insert(0, str(Path(__file__).parents[2] / "notebooks"))
from execute import NOTEBOOKS, cleaned, client_for, environment, execute

QUICKSTART, MEMORY, APPROVALS, YOURS, MEASURE = NOTEBOOKS

#: Has a kernel refuse, and note, every connection that leaves this machine.
_NO_NETWORK = """
import os, sys

def refuse(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo"):
        host = arguments[1][0] if event == "socket.connect" and isinstance(arguments[1], tuple) else arguments[0]
        if isinstance(host, str) and host not in ("127.0.0.1", "localhost", "::1"):
            with open(os.environ["LEFT"], "a") as file:
                file.write(f"{event} {host}\\n")
            raise OSError(f"no network: {host}")

sys.addaudithook(refuse)
"""

Run = Callable[..., nbformat.NotebookNode]


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The variables of a kernel without a network; in the end, none may have tried to reach it."""
    directory = tmp_path_factory.mktemp("no-network")
    (directory / "sitecustomize.py").write_text(_NO_NETWORK)
    left = directory / "left"
    path = os.pathsep.join(filter(None, (str(directory), os.environ.get("PYTHONPATH"))))
    yield {"PYTHONPATH": path, "LEFT": str(left)}
    assert not left.exists(), left.read_text()


@pytest.fixture(scope="module")
def run(offline: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Return what runs a notebook: `run(APPROVALS, OPENAI_API_KEY="sk-1")`."""

    def run(file: Path, directory: Path | None = None, **settings: str) -> nbformat.NotebookNode:
        return execute(file, directory or tmp_path_factory.mktemp("kernel"), offline | settings)

    return run


def outputs(notebook: nbformat.NotebookNode) -> list[Any]:
    return [output for cell in notebook.cells if cell.cell_type == "code" for output in cell.outputs]


def words(notebook: nbformat.NotebookNode) -> list[str]:
    """Everything that a reader sees below the cells, but for pictures, of which only it is told that they are there."""
    told = []
    for output in outputs(notebook):
        data = output.get("data", {})
        told += [output.text] if output.output_type == "stream" else [data.get("text/html") or data["text/plain"]]
        told += ["picture"] if "image/png" in data else []
    return told


@pytest.mark.slow
async def test_the_quickstart_runs_and_the_chat_in_its_cell_answers_a_button(
    offline: dict[str, str], tmp_path: Path
) -> None:
    chromium = installed_or_skip("chromium")
    client = client_for(QUICKSTART, tmp_path)
    client.nb.cells.append(nbformat.v4.new_code_cell("print(page.url)"))
    async with client.async_setup_kernel(env=environment(offline)), async_playwright() as playwright:
        for place, cell in enumerate(client.nb.cells):
            await client.async_execute_cell(cell, place)
        address = client.nb.cells.pop().outputs[0].text.strip()
        [inline] = [cell for cell in client.nb.cells if "live" in cell.metadata.get("tags", ())]
        assert address in str(inline.outputs)
        assert words(cleaned(client.nb)) == words(nbformat.read(QUICKSTART, as_version=4))
        arguments = "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run".split()
        expect.set_options(timeout=30_000)
        browser = await playwright.chromium.launch(executable_path=chromium, args=arguments)
        page = await browser.new_page()
        await page.goto(address)
        await page.locator(".offers button[data-action=search]").last.click()
        await expect(page.locator(".assistant").last).to_contain_text("Whom are you looking for?")
        await page.locator("#message").fill("Hopper")
        await page.locator("#message").press("Enter")
        await expect(page.locator("table.contacts").last).to_contain_text("grace@navy.example")
        await browser.close()


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(MEMORY, marks=pytest.mark.slow),
        APPROVALS,
        pytest.param(YOURS, marks=pytest.mark.slow),
        pytest.param(MEASURE, marks=pytest.mark.slow),
    ],
    ids=lambda file: file.stem,
)
def test_a_notebook_runs_without_keys_or_network_and_says_what_is_kept(file: Path, run: Run) -> None:
    assert words(run(file)) == words(nbformat.read(file, as_version=4))


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_is_kept_with_outputs_and_nothing_of_a_machine(file: Path) -> None:
    kept = nbformat.read(file, as_version=4)
    nbformat.validate(kept)
    assert len(outputs(kept)) >= 5
    assert {output.output_type for output in outputs(kept)} <= {"stream", "display_data", "execute_result"}
    assert {output.name for output in outputs(kept) if output.output_type == "stream"} == {"stdout"}
    whole = "\n".join([*words(kept), *(cell.source for cell in kept.cells)])
    assert not re.findall(r"/(?:home|root|work|tmp|Users|var)/|[A-Z]:\\|127\.0\.0\.1|localhost|Warning", whole)
    assert cleaned(nbformat.from_dict(kept)) == kept


def test_the_links_between_notebooks_lead_somewhere() -> None:
    for file in NOTEBOOKS:
        prose = "\n".join(cell.source for cell in nbformat.read(file, as_version=4).cells)
        for target in re.findall(r"\]\(([^):]+\.ipynb)\)", prose):
            assert (file.parent / target).is_file(), target


@pytest.mark.slow
def test_a_real_model_is_asked_once_and_never_again(run: Run, tmp_path: Path) -> None:
    with OpenAIWire(demo) as openai:
        settings = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": openai.url, "HUBSPOT_AGENT_MODEL": "gpt-4.1-mini"}
        first = words(run(APPROVALS, tmp_path, **settings))
        asked = len(openai.requests)
        again = words(run(APPROVALS, tmp_path, **settings))
        assert asked > 3
        assert len(openai.requests) == asked
    assert first[0].startswith("OPENAI_API_KEY is set and HUBSPOT_ACCESS_TOKEN is not: the model gpt-4.1-mini works on")
    assert re.fullmatch(rf"{15 * asked} tokens, 0\.0\d+ US dollars\n", first[-1])
    assert again == first[:-1]


@pytest.mark.slow
def test_nothing_is_written_into_hubspot_before_someone_says_yes(run: Run) -> None:
    with OpenAIWire(demo) as openai, Sandbox() as crm:
        before = crm.contacts()
        settings = {"OPENAI_API_KEY": KEY, "OPENAI_BASE_URL": openai.url}
        hubspot = {"HUBSPOT_ACCESS_TOKEN": crm.token, "HUBSPOT_BASE_URL": crm.url}
        # There is nobody to ask here, and so the notebook ends where it would.
        with pytest.raises(CellExecutionError, match=r"(?s)Write this into HubSpot\?.*StdinNotImplementedError"):
            run(QUICKSTART, **settings, **hubspot)
        assert crm.contacts() == before
        assert any("/search" in request.path for request in crm.requests)
