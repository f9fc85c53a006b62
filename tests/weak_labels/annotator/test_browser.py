"""A person in a real browser: twenty images with keyboard and mouse, the server killed in between, nothing lost."""

import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from keras_uda.weak_labels.annotator.server import open_server
from keras_uda.weak_labels.annotator.session import Session
from keras_uda.weak_labels.files import read_weak_labels
from tests.conftest import ROOT

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
CLASSES = ("road", "traffic light", "sky")
PATIENCE_SECONDS = 60


@pytest.fixture(scope="module")
def browser():
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed (requirements-dev.txt)")
    if not CHROMIUM or not DRIVER:
        pytest.skip("no browser: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1200,800"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


class Annotator:
    """The command as people call it, in a process of its own."""

    def __init__(self, folder: Path, output: Path, *flags: str):
        call = [sys.executable, "-m", "keras_uda", "weak-labels", "annotate", "--images", folder, "--output", output]
        call += ["--port", "0", "--order", "name", "--data.classes", "[road, traffic light, sky]", *flags]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(call, stdout=subprocess.PIPE, text=True, env=environment, cwd=output.parent)
        self.address = self.process.stdout.readline().split()[-1]

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()


class Page:
    """What a person does on the page."""

    def __init__(self, browser, address: str):
        self.browser = browser
        browser.get(address)
        self.wait(lambda: self.state("number") is not None)

    def wait(self, condition) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not condition():
            assert time.monotonic() < end, (
                f"{self.text('saved')} | {self.text('notice')} | {self.browser.get_log('browser')}"
            )
            time.sleep(0.02)

    def state(self, name: str) -> str | None:
        return self.browser.execute_script("return document.body.dataset[arguments[0]] ?? null", name)

    def text(self, identifier: str) -> str:
        return self.browser.execute_script("return document.getElementById(arguments[0]).textContent", identifier)

    def values(self) -> list[str]:
        return self.browser.execute_script(
            "return [...document.querySelectorAll('#classes button')].map(b => b.dataset.value)"
        )

    def press(self, keys: str) -> None:
        self.browser.switch_to.active_element.send_keys(keys)

    def click_at(self, x: float, y: float) -> None:
        """Clicks at a share of the width and height of the image."""
        from selenium.webdriver import ActionChains

        script = (
            "const b = document.getElementById('image').getBoundingClientRect(); return [b.x, b.y, b.width, b.height]"
        )
        left, top, width, height = self.browser.execute_script(script)
        actions = ActionChains(self.browser)
        actions.w3c_actions.pointer_action.move_to_location(round(left + x * width), round(top + y * height)).click()
        actions.perform()

    def finish(self) -> None:
        from selenium.webdriver import Keys

        number = self.state("number")
        self.press(Keys.ENTER)
        self.wait(lambda: self.state("number") != number or self.text("notice"))

    def saved(self) -> None:
        self.wait(lambda: self.text("saved") == "saved")


def images(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        Image.fromarray(np.full((30, 40, 3), 5 * number, "uint8")).save(folder / f"{number:05d}.png")
    return folder


def test_twenty_images_a_kill_and_a_resume(browser, tmp_path):
    folder, output = images(tmp_path / "a drive", 24), tmp_path / "tags.csv"
    expected = {}
    with Annotator(folder, output) as annotator:
        page = Page(browser, annotator.address)
        for number in range(12):
            present = [number % 2, 1, number % 3 == 0]
            page.press("".join(key for key, on in zip("123", present, strict=True) if on))
            expected[f"{number:05d}.png"] = [int(on) for on in present]
            page.finish()
        page.press("3")  # the thirteenth is begun
        page.saved()
        annotator.kill()
        page.press("2")  # and goes on while the server is dead
        page.wait(lambda: "not saved yet" in page.text("saved"))
    weak = read_weak_labels(output, classes=CLASSES)
    assert {name: tags.tolist() for name, tags in weak.tags.items()} == expected | {"00012.png": [-1, -1, 1]}

    with Annotator(folder, output) as annotator:
        page = Page(browser, annotator.address)
        assert page.state("number") == "12" and page.values() == ["open", "open", "present"]
        assert page.text("progress").startswith("12 of 24 tagged")
        page.press("2")
        expected["00012.png"] = [0, 1, 1]
        page.finish()
        for number in range(13, 20):
            page.finish()
            expected[f"{number:05d}.png"] = [0, 0, 0]
        page.saved()
        assert " s per image" in page.text("progress")
    weak = read_weak_labels(output, classes=CLASSES)
    assert {name: tags.tolist() for name, tags in weak.tags.items()} == expected
    assert len(weak.seconds) == 20 and all(seconds > 0 for seconds in weak.seconds.values())
    assert not [entry for entry in browser.get_log("browser") if "SyntaxError" in entry["message"]]


def test_what_the_server_missed_is_kept_by_the_browser(browser, tmp_path):
    folder, output = images(tmp_path / "images", 3), tmp_path / "tags.csv"
    with Annotator(folder, output, "--port", "8437") as annotator:
        page = Page(browser, annotator.address)
        annotator.kill()
        page.press("12")
        page.wait(lambda: "not saved yet" in page.text("saved"))
    with Annotator(folder, output, "--port", "8437") as annotator:
        page = Page(browser, annotator.address)
        page.wait(lambda: page.values() == ["present", "present", "open"])
        page.saved()
    assert read_weak_labels(output, classes=CLASSES).tags["00000.png"].tolist() == [1, 1, -1]


def test_points_undo_and_doubts(browser, tmp_path):
    from selenium.webdriver import Keys

    folder, output = images(tmp_path / "images", 3), tmp_path / "tags.csv"
    with Annotator(folder, output) as annotator:
        page = Page(browser, annotator.address)
        page.click_at(0.51, 0.26)
        page.press("1")
        page.click_at(0.9, 0.9)
        page.press(Keys.ESCAPE)
        page.click_at(0.11, 0.71)
        page.press("3")
        page.press(Keys.SHIFT + "2")
        assert page.values() == ["present", "unsure", "present"]
        page.finish()
        page.saved()
        weak = read_weak_labels(output, classes=CLASSES)
        assert [point[:3] for point in weak.points["00000.png"]] == [(20, 7, "road"), (4, 21, "sky")]
        assert weak.tags["00000.png"].tolist() == [1, -1, 1]

        page.press(".")
        assert page.values() == ["present", "open", "present"]
        for _ in range(2):  # the copy, then the finished image
            page.press(Keys.BACKSPACE)
        page.wait(lambda: page.state("number") == "0" and page.state("finished") == "false")
        page.click_at(0.51, 0.26)  # a point again is taken away
        page.press("3")  # and a class with its points
        page.wait(lambda: page.values() == ["present", "unsure", "open"])
        page.press(Keys.CONTROL + "z")
        page.wait(lambda: page.values() == ["present", "unsure", "present"])
        page.saved()
        weak = read_weak_labels(output, classes=CLASSES)
        assert [point[:3] for point in weak.points["00000.png"]] == [(4, 21, "sky")]
        page.press(Keys.ARROW_RIGHT)
        page.wait(lambda: page.state("number") == "1")
        page.press(Keys.ARROW_LEFT)
        page.wait(lambda: page.state("number") == "0")


def test_places_are_asked_for_one_after_the_other(browser, tmp_path):
    from selenium.webdriver import Keys

    folder = images(tmp_path / "images", 2)
    places = {"00000.png": np.array([[3, 4], [20, 7], [39, 29]]), "00001.png": np.array([[5, 6]])}
    session = Session(folder, sorted(places), tmp_path / "tags.csv", CLASSES, None, places)
    server, address = open_server(session, 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        page = Page(browser, address)
        assert browser.execute_script("return document.querySelectorAll('#marks text').length") == 3
        page.press(",")  # the first place waits for its class
        page.press("1")  # and the second comes up by itself
        page.press(",")  # which nobody can name
        page.press("3")
        assert "the next of 1 places" in page.text("hint")
        page.finish()
        page.press(",")
        page.press("2")
        page.press(Keys.BACKSPACE)  # asked again
        page.saved()
        assert "the next of 1 places" in page.text("hint")
    finally:
        server.shutdown()
        server.server_close()
    weak = read_weak_labels(tmp_path / "tags.csv", classes=CLASSES)
    assert [point[:3] for point in weak.points["00000.png"]] == [(3, 4, "road"), (39, 29, "sky")]
    assert weak.tags["00000.png"].tolist() == [1, 0, 1] and "00001.png" not in weak.points


def test_ten_thousand_images(browser, tmp_path):
    folder = images(tmp_path / "images", 1)
    for number in range(1, 10_000):
        os.link(folder / "00000.png", folder / f"{number:05d}.png")
    with Annotator(folder, tmp_path / "tags.csv") as annotator:
        began = time.monotonic()
        page = Page(browser, annotator.address)
        assert "0 of 10,000 tagged" in page.text("progress")
        for _ in range(3):
            page.press("13")
            page.finish()
        page.saved()
        assert time.monotonic() - began < PATIENCE_SECONDS
        assert browser.execute_script("return document.querySelectorAll('*').length") < 400
        script = "const n = document.getElementById('number'); n.value = 10000; n.dispatchEvent(new Event('change'))"
        browser.execute_script(script)
        page.wait(lambda: page.state("number") == "9999")
        page.finish()
        page.wait(lambda: page.state("number") == "3")
