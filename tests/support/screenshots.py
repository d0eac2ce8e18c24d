"""Takes the README's pictures of the page: `make screenshots`."""

import io
import sys
import tempfile
from pathlib import Path

from langgraph.checkpoint.memory import InMemorySaver
from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

from hubspot_agent import HubSpotContacts, build_graph
from hubspot_agent.demo_model import DemoModel
from hubspot_agent.sandbox import Sandbox
from hubspot_agent.web import inline_chat
from support.services import installed_or_skip
from support.web_page import ARGUMENTS, Chat, served

IMAGES = Path(__file__).parents[2] / "notebooks" / "images"

DESKTOP, PHONE = {"width": 1120, "height": 700}, {"width": 390, "height": 780}
CELL = {"width": 900, "height": 520}


def take(page: Page, name: str) -> None:
    """Keep a picture, with the 128 colours that such a page needs at most."""
    page.wait_for_timeout(300)  # Until the caret and the fonts are there.
    picture = Image.open(io.BytesIO(page.screenshot(caret="hide")))
    file = IMAGES / f"{name}.png"
    picture.convert("RGB").quantize(128, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file.name}: {file.stat().st_size // 1000} KB")


def main() -> None:
    """Take the pictures, on the demo."""
    IMAGES.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as directory,
        served(Path(directory), "--demo", "--port", "0") as server,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=str(installed_or_skip("chromium")), args=ARGUMENTS)
        chat = Chat(browser.new_context(viewport=DESKTOP).new_page()).open(server.url)
        take(chat.page, "page-greeting")
        chat.say("find Emily").idle()
        chat.page.locator(".new").click()
        expect(chat.typed).to_have_count(0)
        chat.say("create Emily Jonson, emily@johnson.example, company Globex")
        expect(chat.approval).to_be_visible()
        take(chat.page, "page-approval")
        phone = browser.new_context(viewport=PHONE, is_mobile=True, has_touch=True, color_scheme="dark")
        chat = Chat(phone.new_page()).open(server.url)
        chat.say("change the job title of emily.johnson@globex.example to CFO")
        expect(chat.approval).to_be_visible()
        chat.decide("approve").idle()
        expect(chat.receipts).to_be_visible()
        take(chat.page, "page-phone")
        with Sandbox() as crm:
            port = HubSpotContacts(crm.token, host=crm.url)
            cell = inline_chat(build_graph(model=DemoModel(), contacts=port, checkpointer=InMemorySaver()))
            chat = Chat(browser.new_context(viewport=CELL).new_page()).open(cell.url)
            chat.say("find Emily").idle()
            take(chat.page, "inline-chat")
            cell.close()
        browser.close()


if __name__ == "__main__":
    sys.exit(main())
