"""Links in a browser: old ones of words open what ids do, the address follows, and Back undoes a choice."""

import json
from urllib.parse import urlencode

import pytest

from tests.browser.steps import go_to, in_order, settle, slider

WORDS = {"layers_view": "What to freeze", "unfreeze": "block 15 · first 134 layers"}
IDS = {"layers_view": "freeze", "unfreeze": "134"}


def view(page, title, **how):
    return page.get_by_test_id("stMain").get_by_role("radio", name=title, exact=True, **how)


def until_said(page, wanted: dict[str, str]) -> None:
    """Wait until the address bar says just this, and nothing is drawn any more.

    Streamlit's known limit: what a control says while a step back waits for its run wins over that step.
    """
    page.wait_for_function(
        "wanted => JSON.stringify([...new URLSearchParams(location.search)].sort()) === wanted",
        arg=json.dumps(sorted([name, text] for name, text in wanted.items()), separators=(",", ":")),
    )
    settle(page)


@pytest.mark.parametrize("link", [WORDS, IDS], ids=["words", "ids"])
def test_a_link_of_words_opens_the_view_and_the_stop_that_ids_do_and_says_ids(page, app, console, link):
    page.goto(f"{app.url}/layers?{urlencode(link)}")
    settle(page)
    view(page, "What to freeze", checked=True).wait_for()
    assert "134 layers frozen" in slider(page).get_attribute("aria-valuetext")
    until_said(page, IDS)
    in_order(app, console, below_root=True)


def test_the_address_follows_every_choice_to_the_next_page_and_back(page, app, console):
    page.goto(app.url)
    settle(page)
    go_to(page, "Layers")
    slider(page).press("End")
    until_said(page, {"unfreeze": "154"})
    view(page, "Evidence").click()
    until_said(page, {"unfreeze": "154", "layers_view": "evidence"})
    page.go_back()
    until_said(page, {"unfreeze": "154"})
    view(page, "Map", checked=True).wait_for()
    go_to(page, "Data")
    until_said(page, {"unfreeze": "154"})
    page.reload()
    settle(page)
    go_to(page, "Layers")
    slider(page).press("Home")
    until_said(page, {"unfreeze": "0"})
    go_to(page, "Fine-tuning")
    slider(page).press("End")
    until_said(page, {"unfreeze": "154"})
    go_to(page, "Layers")
    until_said(page, {"unfreeze": "154"})
    assert "head only" in slider(page).get_attribute("aria-valuetext")
    in_order(app, console, below_root=True)


def test_numbers_that_a_link_filled_in_stand_when_another_control_is_touched(page, app, console):
    filled = {"epochs_tuned": "3", "seed": "7"}
    page.goto(f"{app.url}/fine_tuning?{urlencode(filled)}")
    settle(page)
    view(page, "From scratch").click()
    until_said(page, {**filled, "tuning_view": "scratch"})
    assert page.get_by_role("spinbutton", name="Epochs").last.input_value() == "3"
    in_order(app, console, below_root=True)


def test_what_training_uses_changes_in_the_one_thing_that_was_touched(page, app, console):
    filled = {"images": "300", "split_seed": "7", "shares": "0.6-0.2-0.2"}
    page.goto(f"{app.url}/data?{urlencode({**filled, 'data_view': 'splits'})}")
    settle(page)
    page.get_by_role("combobox", name="Image size").last.click()
    page.get_by_role("option", name="96 × 96 px").click()
    until_said(page, {**filled, "size": "96", "data_view": "splits"})
    in_order(app, console, below_root=True)
