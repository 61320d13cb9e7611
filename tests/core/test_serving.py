"""How Thaw is served is decided before anyone gets in, and where it would not be safe it is not."""

import pytest

from core import limits
from core.errors import ConfigError
from core.people import serving
from core.people.serving import Mode

AUTH = {
    "redirect_uri": "https://thaw.school.example/oauth2callback",
    "cookie_secret": "c" * 32,
    "client_id": "thaw",
    "client_secret": "secret",
    "server_metadata_url": "https://login.school.example/.well-known/openid-configuration",
}


@pytest.mark.parametrize(
    ("login", "address", "said", "mode"),
    [
        (False, "127.0.0.1", "", Mode.OWN),
        (False, "::1", "", Mode.OWN),
        (False, "localhost", "", Mode.OWN),
        (False, "0.0.0.0", "open", Mode.OPEN),
        (False, "127.0.0.1", "open", Mode.OPEN),
        (True, "127.0.0.1", "", Mode.LOGIN),
        (True, None, "1", Mode.LOGIN),
        (True, "0.0.0.0", "open", Mode.LOGIN),  # who set up login wants it
    ],
)
def test_it_is_served_to_whom_it_says(login, address, said, mode):
    assert serving.decide(login, address, {"THAW_SHARED": said}) is mode


@pytest.mark.parametrize(
    ("address", "said"), [("0.0.0.0", ""), (None, ""), ("", ""), ("192.168.1.5", ""), ("127.0.0.1", "1")]
)
def test_where_others_reach_it_and_nobody_logs_in_it_is_refused(address, said):
    with pytest.raises(ConfigError) as refused:
        serving.decide(False, address, {"THAW_SHARED": said})
    assert "THAW_SHARED=open" in str(refused.value)


def test_nonsense_in_thaw_shared_is_named_even_with_login():
    with pytest.raises(ConfigError) as refused:
        serving.decide(True, "127.0.0.1", {"THAW_SHARED": "yes"})
    assert "'yes'" in str(refused.value)


@pytest.mark.parametrize(
    "headers",
    [
        {"host": "localhost:8501"}, {"host": "127.0.0.1"}, {"host": "127.1.2.3:80"}, {"host": "[::1]:8501"},
    ],
)  # fmt: skip
def test_a_request_from_this_machine_is_known(headers):
    assert serving.is_from_here(headers)


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"host": ""}, {"host": "evil.example:8501"}, {"host": "192.168.1.5:8501"}, {"host": "[::1"},
        {"host": "127.0.0.1.evil.example"}, {"host": "localhost.evil.example"}, {"host": "evil@127.0.0.1:x"},
        *({"host": "127.0.0.1:8501", name: "10.0.0.1"}
          for name in ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")),
    ],
)  # fmt: skip
def test_a_request_by_another_name_or_through_a_proxy_is_from_elsewhere(headers):
    assert not serving.is_from_here(headers)


def test_a_login_that_is_whole_gives_its_names():
    assert serving.providers(AUTH) == ("default",)
    shared = {key: AUTH[key] for key in ("redirect_uri", "cookie_secret")}
    own = {key: value for key, value in AUTH.items() if key not in shared}
    assert serving.providers({**shared, "school": own, "other": own}) == ("school", "other")


@pytest.mark.parametrize("key", AUTH)
@pytest.mark.parametrize("left", [None, "", "  "])
def test_a_login_that_is_half_set_up_names_what_is_missing(key, left):
    auth = AUTH | {key: left} if left is not None else {one: AUTH[one] for one in AUTH if one != key}
    with pytest.raises(ConfigError) as refused:
        serving.providers(auth)
    assert f"auth.{key} is missing" in str(refused.value)


def test_what_a_named_provider_lacks_is_named_with_it():
    with pytest.raises(ConfigError) as refused:
        serving.providers({**{k: AUTH[k] for k in ("redirect_uri", "cookie_secret")}, "school": {}})
    assert "auth.school.client_id" in str(refused.value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cookie_secret", "short"),
        ("redirect_uri", "http://thaw.school.example/oauth2callback"),
        ("redirect_uri", "https://thaw.school.example/"),
        ("redirect_uri", "thaw.school.example/oauth2callback"),
    ],
)
def test_a_login_that_would_not_be_safe_is_refused(key, value):
    with pytest.raises(ConfigError) as refused:
        serving.providers(AUTH | {key: value})
    assert f"auth.{key}" in str(refused.value)


def test_an_address_that_its_provider_never_checked_makes_nobody_a_teacher_nor_another():
    environ = {"THAW_TEACHERS": "theo@school.example"}
    theo = serving.person("theo@school.example", "1", environ)
    claims_to_be_theo = serving.person("theo@school.example", "2", environ, verified=False)
    assert theo.teacher
    assert not claims_to_be_theo.teacher
    assert claims_to_be_theo.id != theo.id


@pytest.mark.parametrize(
    ("variable", "value"),
    [("THAW_UPLOADS_MB", "0"), ("THAW_TABS", "0"), ("THAW_TABS", "1.5"), ("THAW_UPLOADS_MB", "nan")],
)
def test_a_limit_that_makes_no_sense_is_named(variable, value):
    with pytest.raises(ConfigError) as refused:
        limits.read(True, {variable: value})
    assert variable in str(refused.value)
