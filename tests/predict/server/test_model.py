"""The client against servers that answer, fail, drip, lie, change and restart: rows S1 to S9."""

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from keras_uda.core.errors import ArtefactError
from keras_uda.core.errors import ServerError
from keras_uda.predict.server import model as server_model
from keras_uda.predict.server.address import parse_address
from keras_uda.predict.server.model import UnreadableFrame
from tests.predict.server.calls import connect
from tests.predict.server.calls import expected
from tests.predict.server.calls import failing
from tests.predict.server.calls import picture
from tests.predict.server.fake_server import HEIGHT
from tests.predict.server.fake_server import WIDTH
from tests.predict.server.fake_server import Served
from tests.predict.server.fake_server import fake_model
from tests.predict.server.fake_server import grpc_server
from tests.predict.server.fake_server import rest_server
from tests.predict.server.fake_server import saved_model
from tests.toy_export import frame
from tests.toy_export import toy_exports

pytestmark = pytest.mark.usefixtures("short_pauses")


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("serve", [rest_server, grpc_server])
def test_frames_come_back_the_same_for_1_8_and_64_threads(served, serve):
    if serve is grpc_server:
        pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    pictures = [picture(index) for index in range(128)]
    with serve(served) as url:
        model = connect(url, timeout=60)
        for threads in (1, 8, 64):
            with ThreadPoolExecutor(threads) as pool:
                for image, answer in zip(pictures, pool.map(model.predict, pictures), strict=True):
                    np.testing.assert_array_equal(answer.label_map, expected(image))
        assert model.models == {"a": 3 * 128} and model.size == (WIDTH, HEIGHT)
        assert "latency" in model.summary()
        model.close()


@pytest.mark.slow
@pytest.mark.ci
@pytest.mark.parametrize("serve", [rest_server, grpc_server])
def test_a_picture_that_the_graph_cannot_decode_fails_alone_and_says_why(serve, monkeypatch):
    if serve is grpc_server:
        pytest.importorskip("tensorflow_serving", reason="the extra `serving` is not installed")
    one = Served()
    one.versions[1] = saved_model(toy_exports() / "saved_model" / "1")
    encode = server_model.encode_frame
    damages = {"truncated": lambda content: content[: len(content) // 2], "no JPEG": lambda content: b"no image"}
    with serve(one) as url:
        model = connect(url, timeout=60)
        for why, harm in damages.items():
            monkeypatch.setattr(server_model, "encode_frame", lambda *given, harm=harm: harm(encode(*given)))
            asked = one.requests
            with pytest.raises(UnreadableFrame, match=f"could not read the frame, error . .*{why}") as refusal:
                model.predict(frame(0))
            assert one.requests == asked + 1 and refusal.value.exit_code == 7
            monkeypatch.setattr(server_model, "encode_frame", encode)
            assert model.predict(frame(1)).label_map.shape == frame(1).shape[:2]


def test_a_jpeg_keeps_fine_differences():
    noise = np.random.default_rng(0).integers(0, 256, (96, 128, 3), dtype="uint8")
    image = cv2.GaussianBlur(noise, (0, 0), 1.2)
    content = np.frombuffer(server_model.encode_frame(image, "jpeg"), np.uint8)
    difference = np.abs(cv2.imdecode(content, cv2.IMREAD_COLOR)[..., ::-1].astype(int) - image)
    assert difference.mean() < 1.5  # 1.1; 1.9 at quality 95


def test_versions_and_labels_are_chosen_by_the_path(served):
    served.versions[3] = fake_model("b", shift=1)
    served.labels["stable"] = 1
    with rest_server(served) as url:
        for path, name in [("", "b"), ("/v1/models/segmenter/versions/1", "a"), ("/segmenter/labels/stable", "a")]:
            assert connect(url + path).predict(picture(0)).model == name
        for path in ("/v1/models/segmenter/versions/9", "/v1/models/other"):
            with pytest.raises(ServerError, match="answers 404: Servable not found"):
                connect(url + path)


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_what_may_pass_is_tried_three_times(served, status):
    with rest_server(served) as url:
        model = connect(url)
        served.fault, served.requests = failing(status, 2), 0
        np.testing.assert_array_equal(model.predict(picture(1)).label_map, expected(picture(1)))
        served.fault = failing(status, 99)
        with pytest.raises(ServerError, match=rf"answers {status} .*3 tries"):
            model.predict(picture(1))


def test_the_server_says_when_to_come_back(served):
    with rest_server(served) as url:
        model = connect(url)
        served.fault, began = failing(429, 1, [("Retry-After", "1")]), time.monotonic()
        model.predict(picture(1))
        assert time.monotonic() - began >= 1
        served.fault = failing(429, 1, [("Retry-After", "3600")])
        with pytest.raises(ServerError):
            model.predict(picture(1))


@pytest.mark.parametrize("text", ["²", "-1", "soon", "1e3", "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_a_time_to_come_back_that_is_none_is_left_out(served, text):
    with rest_server(served) as url:
        model = connect(url)
        served.fault = failing(429, 1, [("Retry-After", text)])
        np.testing.assert_array_equal(model.predict(picture(1)).label_map, expected(picture(1)))


@pytest.mark.parametrize("status", [400, 404, 413, 302])
def test_what_stays_wrong_is_tried_once(served, status):
    with rest_server(served) as url:
        model = connect(url)
        count = [0]

        def fault(handler):
            count[0] += 1
            handler.reply(status, {"error": "no\x1b[31m " + "y" * 900}, [("Location", "http://127.0.0.1:1/")])
            return True

        served.fault = fault
        with pytest.raises(ServerError) as refusal:
            model.predict(picture(1))
        assert count[0] == 1 and "\x1b" not in str(refusal.value) and len(str(refusal.value)) < 420


def label_answer(label_map, **changes):
    import base64

    import cv2

    png = base64.b64encode(cv2.imencode(".png", label_map)[1].tobytes()).decode()
    return {"outputs": {"label_png_bytes": [{"b64": png}], "mean_confidence": [0.5], "model": ["a"]} | changes}


GOOD = np.zeros((HEIGHT, WIDTH), "uint8")


@pytest.mark.parametrize(
    "content",
    [
        b"<html>hello</html>",
        b'{"outputs": {"label_png',
        b"[" * 5000,
        b'{"outputs": ' + b"[" * 200_000,
        b"x" * 3_000_000,
        {"outputs": {"other": [1]}},
        label_answer(GOOD[:5]),
        label_answer(GOOD + 9),
        label_answer(np.zeros((HEIGHT, WIDTH, 3), "uint8")),
        label_answer(GOOD, mean_confidence=[float("nan")]),
        label_answer(GOOD, label_png_bytes=[{"b64": "iVBORw0KGgo="}]),
        label_answer(GOOD, label_png_bytes=[]),
        label_answer(GOOD, mean_confidence=[10**400]),
        label_answer(GOOD, model=["\ud800"]),
        label_answer(GOOD, model=[["a"]]),
        label_answer(GOOD, model=["a" * 5000]),
    ],
)
def test_answers_that_are_no_label_maps_are_refused(served, content):
    with rest_server(served) as url:
        model = connect(url)
        served.fault = lambda handler: handler.reply(200, content) or True
        with pytest.raises(ServerError):
            model.predict(picture(1))


ABOUT = {"classes": ["a", "b"], "palette": [[0, 0, 0], [1, 1, 1]], "size": "16x12", "model": "m"}


@pytest.mark.parametrize(
    "about",
    [{}, {"classes": ["a"]}, [1], None]
    + [ABOUT | {"size": size} for size in ("0x0", "-5x-5", "99999999x99999999", "9999x9999", "x", "", "²x²", 5, None)]
    + [ABOUT | {"palette": colours} for colours in ([1, 2], [[0, 0], [1, 1]], [[0, 0, 256], [0, 0, -1]], "ab", {})]
    + [ABOUT | {"palette": [[0, 0, value], [1, 1, 1]]} for value in (0.5, True, None, "1", 10**400, float("inf"), [1])]
    + [ABOUT | {"classes": names} for names in ("ab", [1, 2], [None, "a"], ["a", "a"], ["a", "\ud800"], {"a": 1})]
    + [ABOUT | {"classes": [], "palette": []}]
    + [ABOUT | {"model": name} for name in (None, 7, "\ud800", "a\nb", "m" * 5000)]
    + [b"[" * 200_000, b'{"size": ' * 50_000, b"\xff", b"", b"9" * 9000],
)
def test_a_model_that_is_not_ours_is_refused(served, about):
    content = about if isinstance(about, bytes) else json.dumps(about).encode()
    served.versions[1] = lambda signature, inputs: {"about_bytes": [content]}  # this name is sent in base64
    with rest_server(served) as url, pytest.raises(ArtefactError, match="no model of export.py"):
        connect(url)


def test_a_new_version_is_taken_and_named_and_other_classes_are_refused(served):
    with rest_server(served) as url:
        model = connect(url)
        model.predict(picture(0))
        served.versions[2] = fake_model("b", shift=1)
        answer = model.predict(picture(0))
        assert answer.model == "b" and model.models == {"a": 1, "b": 1}
        np.testing.assert_array_equal(answer.label_map, (expected(picture(0)) + 1) % 4)
        served.versions[3] = fake_model("c", classes=["road", "car", "sky", "boat"])
        with pytest.raises(ArtefactError, match="other classes"):
            model.predict(picture(0))


def test_a_server_that_restarts_is_waited_for(served):
    with rest_server(served) as url:
        model = connect(url, timeout=10)
        model.predict(picture(0))
    port = parse_address(url).port

    def again():
        time.sleep(0.5)
        with rest_server(served, port):
            time.sleep(3)

    thread = threading.Thread(target=again, daemon=True)
    thread.start()
    np.testing.assert_array_equal(model.predict(picture(2)).label_map, expected(picture(2)))
    model.close()
