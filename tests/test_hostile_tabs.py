"""Tabs that keep to no rule, against a Thaw that students and a teacher share: nothing breaks, and nothing of
another's comes back."""

import random
import re
import time
from types import SimpleNamespace

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosed

from benchmarks.processes import resident_bytes
from core.data import kept
from core.store import Store
from pages.ui.data import own_photos
from tests import attacker
from tests.attacker import Tab, at_random, odd
from tests.hostile import picture
from tests.people import furnish, someone
from tests.photos import build
from tests.served import Client, free_port, served

pytest.importorskip("joserfc", reason="Authlib, which brings it, is not installed")
pytest.importorskip("authlib", reason="Authlib is not installed")

from tests.openid import USERS, Provider  # noqa: E402  # which needs joserfc

# Pages, and the views that hold most of their controls
VISITS = [
    ("", ""), ("data", ""), ("data", "data_view=check"), ("data", "data_view=sources"),
    ("layers", "layers_view=evidence"), ("layers", "layers_view=inside"), ("layers", "layers_view=freeze"),
    ("augmentation", ""), ("augmentation", "augment_view=gain"), ("bottleneck_features", "features_view=map"),
    ("bottleneck_features", "features_view=one"), ("fine_tuning", ""), ("fine_tuning", "tuning_view=rates"),
    ("compare", ""), ("compare", "compare_view=mistakes"), ("compare", "compare_view=certainty"),
    ("compare", "compare_view=runs"), ("predict", ""), ("predict", "predict_view=many"),
    ("lab_questions", ""), ("people", ""),
]  # fmt: skip
ROUNDS = 3  # of odd values for all controls of a page


CARL = {"carl": {"email": "carl@school.example", "email_verified": True}}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """A served Thaw. Anna and Carl have a run and a set of photos each, and Ben has neither; Carl's tabs
    press whatever there is, Delete too."""
    folder, port = tmp_path_factory.mktemp("shared"), free_port()
    home, photos = folder / "home", build(folder / "photos", {"zebras": 12, "quaggas": 12})
    anna = furnish(someone("anna@school.example"), home, photos)
    furnish(someone("carl@school.example"), home, photos)
    with Provider(USERS | CARL) as provider:
        secrets = provider.secrets(f"http://127.0.0.1:{port}")
        with served(
            folder, secrets=secrets, port=port, worker=False, THAW_TEACHERS="theo@school.example"
        ) as app:
            yield SimpleNamespace(app=app, home=home, anna=anna)


@pytest.fixture(scope="module")
def clients(world):
    """Who has logged in, by name."""

    def log_in(name: str) -> Client:
        client = Client(world.app.url)
        assert client.log_in(name).status == 200
        return client

    return SimpleNamespace(**{name: log_in(name) for name in ("anna", "ben", "carl", "theo")})


@pytest.fixture
def quiet(world):
    """Nothing is said of an error inside while the test runs."""
    begun = len(world.app.log())
    yield
    said = world.app.log()[begun:]
    assert not re.findall(r"Traceback|\w+Error\b|exception", said), said[-3000:]
    assert world.app.process.poll() is None


# What no browser would send


@pytest.mark.parametrize(("page", "query"), VISITS)
def test_no_value_of_a_control_breaks_its_page(clients, quiet, page, query):
    chance = random.Random(f"{page}?{query}")
    with Tab(clients.carl if page != "people" else clients.theo) as tab:
        tab.open(page, query)
        assert tab.controls
        for _ in range(ROUNDS):
            tab.send(*at_random(tab, chance))
        tab.open(page, query)
    assert tab.problems == []


@pytest.mark.soak
@pytest.mark.parametrize(("page", "query"), VISITS[:-1])
def test_no_odd_value_of_any_control_breaks_its_page(clients, quiet, page, query):
    """Each value for all of them at once, six at a time: a message may have eight megabytes."""
    with Tab(clients.carl) as tab:
        for number, write in enumerate(attacker.values()):
            tab.open(page, query)
            shown = list(tab.controls)
            for first in range(0, len(shown), 6):
                tab.send(*(odd(one, write) for one in shown[first : first + 6]))
            assert tab.problems == [], number


@pytest.mark.soak
def test_memory_stays_flat_whatever_tabs_say(clients, quiet, world):
    sizes = []
    for around in range(4):
        for page, query in VISITS[:-1]:
            chance = random.Random(f"{around} {page}?{query}")
            with Tab(clients.ben) as tab:
                tab.open(page, query)
                for _ in range(10):
                    tab.send(*at_random(tab, chance))
        sizes.append(resident_bytes(world.app.process.pid))
    assert sizes[-1] - sizes[1] < 50e6, sizes


ODD_LINKS = [
    "data=" + "x" * 1_000_000, "&".join(f"a{n}=1" for n in range(5000)), "data=%00", "data=%ED%A0%80",
    "data=%FF%FE", "seed=%E2%80%AE7", "data=../../etc&seed=NaN&unfreeze=1e99", "data=/dev/zero", "run=\x00",
    "=&&&==", "augmentation=" + "%5B" * 50_000, "compared=" + ",".join(["run-v1-00"] * 2000), "%", "\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize("query", ODD_LINKS)
def test_no_address_breaks_a_page(clients, quiet, query):
    with Tab(clients.ben) as tab:
        for page in ("", "fine_tuning", "compare"):
            assert "Data set" in tab.open(page, query)
    assert tab.problems == []


@pytest.mark.parametrize("page", ["nothing", "x" * 1_000_000, "../core", "a\x00b", "\u202e", "people", "/"])
def test_a_page_that_is_not_there_is_the_first_one(clients, quiet, page):
    with Tab(clients.ben) as tab:
        assert "Data set" in tab.open(page)
        assert "Data set" in tab.ask(page_script_hash=page)
    assert tab.problems == []


def test_what_is_no_message_ends_its_tab_and_no_other(clients, quiet):
    with Tab(clients.anna) as other:
        other.open("layers")
        for frame in ("text", b"\xff\xff\xff\xff", b"\x00" * 9, random.Random(1).randbytes(5000)):
            with Tab(clients.ben) as tab:
                tab.raw(frame)
                with pytest.raises(ConnectionClosed):
                    tab.drawn(timeout=10)
        assert "Data set" in other.open("compare")


def test_a_message_beyond_all_measure_ends_its_tab_and_no_other(clients, quiet):
    with Tab(clients.anna) as other:
        other.open("layers")
        for megabytes in (9, 50):
            with Tab(clients.ben) as tab:
                tab.open("data")
                nested = odd(next(iter(tab.controls)), attacker.text("[" * megabytes * 10**6))
                with pytest.raises(ConnectionClosed):
                    tab.send(nested)
        assert "Data set" in other.open("compare")


@pytest.mark.parametrize(
    "payload", ["install_skills", "dismiss_skills_nudge", "dataframe_chunk", "deferred_file"]
)
def test_nothing_of_streamlits_own_is_done_for_a_tab(clients, quiet, payload):
    with Tab(clients.anna) as tab:
        tab.open("layers")
        message = BackMsg()
        message.backend_operation_request.request_id = "7"
        getattr(message.backend_operation_request, payload).SetInParent()
        tab.raw(message.SerializeToString())
        assert "Data set" in tab.open("compare")
    assert tab.heard.count("backend_operation_response") == (payload == "deferred_file")


def test_parts_that_are_not_there_are_not_drawn_and_the_tab_goes_on(clients, quiet):
    with Tab(clients.anna) as other, Tab(clients.ben) as tab:
        other.open("fine_tuning")
        assert other.fragments
        tab.open("fine_tuning")
        mine = tab.fragments.copy()
        for part in [*other.fragments - mine, "nothing", "x" * 100_000, "\x00"]:
            message = BackMsg()
            message.rerun_script.fragment_id = part
            message.rerun_script.page_script_hash = tab.page_hash
            tab.raw(message.SerializeToString())
        assert "Data set" in tab.open("compare")
    assert tab.problems == []


# Files


ODD_NAMES = [
    b"../../x.png", b"..\\..\\x.png", b"\xff\xfe.png", b"\xed\xa0\x80.png", b"C:\\CON.png",
    "\u202egnp.exe.png".encode(), b"/etc/passwd.png", b"cats/../../b.png", b"<img src=x>.png", b"%00.png",
    b"cats/\x1b[31m.png", b"x" * 10_000 + b".png",
]  # fmt: skip


def send_file(client: Client, session: str, identity: str, name: bytes, content: bytes) -> int:
    """Put a file into a session, under a name of these bytes; the status of the answer."""
    head = b'--b\r\nContent-Disposition: form-data; name="f"; filename="' + name + b'"\r\n\r\n'
    client.get("/_stcore/health")  # for the cookie that goes with the header
    return client.ask(
        "PUT", f"/_stcore/upload_file/{session}/{identity}", head + content + b"\r\n--b--\r\n",
        content_type="multipart/form-data; boundary=b", x_xsrftoken=client.cookies["_streamlit_xsrf"],
    ).status  # fmt: skip


def test_a_folder_of_files_with_every_odd_name_is_taken_in_without_them(clients, quiet, world):
    names = [*ODD_NAMES, *(f"{label}/{n}.png".encode() for label in ("cats", "dogs") for n in range(3))]
    with Tab(clients.ben) as tab:
        tab.open("data", "data_view=sources")
        tab.send(odd(tab.control("intake-way"), attacker.words(own_photos.FOLDER)))
        uploads = WidgetState(id=tab.control("intake-folder-0"))
        for number, name in enumerate(names):
            status = send_file(clients.ben, tab.session, f"file-{number}", name, picture(number))
            assert status == (400 if len(name) > 1000 else 204), name
            attacker.add_file(uploads, f"file-{number}")
        tab.send(uploads)
        tab.send(odd(tab.control("check-folder"), attacker.pressed))
        for _ in range(60):
            if "2 classes" in tab.text:
                break
            time.sleep(0.2)
            tab.send()
        assert "2 classes" in tab.text
        assert "leads out of the folder" in tab.text
    assert tab.problems == []
    assert not [path for path in world.home.rglob("*") if "passwd" in path.name]


# Another's


@pytest.mark.parametrize("every", [3, pytest.param(1, marks=pytest.mark.soak)])
def test_nothing_of_anothers_comes_back_whatever_a_tab_says(clients, quiet, world, every):
    """Ben says of each of his controls what stands in Anna's, and of hers what he likes."""
    chance = random.Random(4)
    hers = [world.anna.run, world.anna.album, "Album", "zebras", world.anna.id, world.anna.name]
    with Tab(clients.anna) as anna, Tab(clients.ben) as ben:
        for page, query in VISITS[:-1:every]:
            anna.open(page, query)
            run = world.anna.run
            links = f"{query}&data={world.anna.album}&run={run}&compared={run}&networks={run}"
            said = [ben.open(page, links)]
            said.append(ben.send(*(odd(one, attacker.words(*hers)) for one in ben.controls)))
            said.append(ben.send(*(odd(one, attacker.text(chance.choice(hers))) for one in ben.controls)))
            said.append(
                ben.send(*(odd(one, attacker.pressed) for one in anna.controls.keys() - ben.controls))
            )
            for secret in hers:
                assert not [text for text in said if secret in _but_echoes(text)], (page, query, secret)
    assert ben.problems == []
    assert Store(world.home).finished(world.anna.run)
    assert world.anna.album in kept.kept_sets(world.home)


def _but_echoes(text: str) -> str:
    """What was sent, without what Ben has said himself: a link's own note repeats it, and a field still holds
    it."""
    text = re.sub(r'^ *value: ".*"\n *set_value: true$', "", text, flags=re.MULTILINE)
    return "\n".join(line for line in text.splitlines() if "The link asked for" not in line)


def test_a_picture_is_for_whom_it_was_shown_to(clients, quiet, world):
    with Tab(clients.anna) as anna:
        text = anna.open("data", f"data={world.anna.album}")
        pictures = set(re.findall(r"/media/[0-9a-f]+\.\w+", text))
        assert pictures
        for path in pictures:
            assert clients.anna.get(path).status == 200
            for other in (clients.ben, clients.theo):
                assert other.get(path).status == 403
                assert other.get(path).body == "No page has shown you this: load the page again.\n"
            assert clients.ben.get(path.replace("/media/", "/media//")).status != 200
            assert clients.ben.get(path.rpartition(".")[0]).status == 403
            assert Client(world.app.url).get(path).status == 401


def test_a_file_to_download_is_made_for_whom_it_was_offered_to(clients, quiet, world):
    with Tab(clients.anna) as anna, Tab(clients.ben) as ben:
        anna.open("fine_tuning")
        offered = re.findall(r'deferred_file_id: "(\w+)"', anna.text)
        assert offered
        ben.open("fine_tuning")
        for tab, made in ((ben, False), (anna, True)):
            message = BackMsg()
            message.backend_operation_request.session_id = tab.session
            message.backend_operation_request.deferred_file.file_id = offered[0]
            tab.raw(message.SerializeToString())
            assert bool(tab.answer().deferred_file.url) == made
