"""Runs the notebooks and saves their outputs: `python notebooks/execute.py [NOTEBOOK ...]`.

They run with no keys, in an empty directory, so that the outputs are the same on every machine.
"""

import os
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from traitlets import default

NOTEBOOKS = sorted(Path(__file__).parent.glob("*.ipynb"))

#: How the environment variables begin that must not come from the machine.
_SETTING_PREFIXES = ("HUBSPOT_", "OPENAI_", "LANGSMITH_", "LANGCHAIN_")

#: A cell with this tag shows what lives as long as the kernel; its outputs are not saved.
_LIVE_TAG = "live"


class _ThisInterpreter(AsyncKernelManager):
    """Starts ipykernel in this interpreter, whatever kernels are installed on the machine."""

    @default("kernel_spec_manager")
    def _no_installed_kernels(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[])


def client_for(file: Path, directory: Path) -> NotebookClient:
    """Return the client that runs the notebook `file` in the working directory `directory`."""
    return NotebookClient(
        nbformat.read(file, as_version=4),
        kernel_manager_class=_ThisInterpreter,
        kernel_name="python3",
        timeout=120,
        coalesce_streams=True,
        resources={"metadata": {"path": str(directory)}},
    )


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """Return this machine's environment with these `settings` and no others.

    Notebooks import what lies beside them, also when they run in another directory.
    """
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(_SETTING_PREFIXES)
    }
    whole = {**own, **settings}
    path = (str(Path(__file__).parent), whole.get("PYTHONPATH"))
    return {**whole, "PYTHONPATH": os.pathsep.join(filter(None, path))}


def execute(file: Path, directory: Path, settings: Mapping[str, str]) -> nbformat.NotebookNode:
    """Run a notebook in a kernel of its own and return it with its outputs.

    Args:
        file: The notebook.
        directory: Its working directory.
        settings: The environment's variables for it, besides those that are no settings.

    Raises:
        CellExecutionError: A cell failed.
    """
    return cleaned(client_for(file, directory).execute(env=environment(settings)))


def cleaned(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Return `notebook` without what differs from run to run or from machine to machine."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number}"
        cell.metadata = {name: value for name, value in cell.metadata.items() if name == "tags"}
        if cell.cell_type == "code" and _LIVE_TAG in cell.metadata.get("tags", ()):
            cell.outputs = []
    return notebook


def _execute_and_save(file: Path) -> None:
    with TemporaryDirectory() as directory:
        nbformat.write(execute(file, Path(directory), {}), file)
    print(file.name)


if __name__ == "__main__":
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        list(pool.map(_execute_and_save, [Path(name) for name in sys.argv[1:]] or NOTEBOOKS))
