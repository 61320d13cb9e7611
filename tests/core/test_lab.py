"""The lab's answers: numbers of the person's own runs, code that runs, and files that are safe to open."""

import re
from dataclasses import replace
from datetime import date
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from core.codegen.keras import lab_pieces
from core.compare import comparison
from core.compare.comparison import Model
from core.config import HeadConfig, with_setting
from core.lab import answers_html, answers_markdown
from core.lab.answers import from_run
from core.lab.article import CLAIMS, NO_RUN, material
from core.lab.document import answer, document, done
from core.lab.own_words import OwnAnswer, OwnWords
from core.lab.questions import QUESTIONS, Case, missing_run, variants
from core.lab.runs import candidates, gather, unfit, validation_outputs
from core.layers import count_trainable
from core.method import augmentation
from core.presets import digits_quick, tf_tutorial
from core.transforms import AugmentationConfig
from core.wording import words
from core.wording.verdicts import paired_sentence
from tests import fakes

TURNED = AugmentationConfig(rotation=0.03, zoom=0.1)
WITH_AUGMENTATION = replace(digits_quick(), augmentation=TURNED)
KEYS = [f"run-v1-{number:016x}" for number in range(1, 9)]
TODAY = date(2026, 11, 29)
NASTY = ("<script>alert(1)</script>", '"onload="x`|*y*\n# z')


@pytest.fixture
def train(store):
    """Store a finished fake run of a config under the next key."""
    keys = iter(KEYS)

    def train_it(config, **how):
        key = next(keys)
        result = fakes.finish(store, key, config, **how)
        if config.from_scratch:
            arrays = store.arrays(key)
            renamed = {name.replace("fine_tuning", "from_scratch"): array for name, array in arrays.items()}
            phase = replace(result.last, name="from_scratch")
            store.save(replace(result, phases=(phase,)), renamed, {})
        return key

    return train_it


def case_of(store, settings=WITH_AUGMENTATION, classes=tuple("0123456789"), title="Digits"):
    """The case of everything that is in the store."""
    runs = store.list_runs()
    pixels = np.random.default_rng(1).integers(0, 256, (32, 32, 3), np.uint8)
    return Case(
        settings=settings,
        recipe=digits_quick(),
        title=title,
        classes=classes,
        evidence=gather(runs, recipe=digits_quick()),
        names=words.run_names(runs),
        verdict=partial(comparison.compare_models, store),
        probabilities=partial(validation_outputs, store),
        pictures=lambda: variants(pixels, 7, classes[0], settings.augmentation, settings.seed),
    )


def written_by(case, words="My own words.", quoted=True, name="Ada"):
    """The document of someone who answered all eight on one case."""
    answers = {question.number: OwnAnswer(words, quoted) for question in QUESTIONS}
    cases = dict.fromkeys(answers, case)
    return document(cases, OwnWords(name, answers), TODAY)


# Which runs


def test_a_first_run_answers_five_of_the_eight(store, train):
    assert case_of(store).own == []
    train(digits_quick())
    assert case_of(store).own == [2, 3, 5, 6, 8]


def test_runs_from_scratch_and_with_augmentation_complete_the_eight(store, train):
    for config in (digits_quick(), digits_quick().without_transfer(), WITH_AUGMENTATION):
        train(config)
    assert case_of(store).own == [1, 2, 3, 4, 5, 6, 7, 8]


def test_a_run_from_scratch_on_other_images_is_not_compared(store, train):
    train(digits_quick())
    train(digits_quick().without_transfer(), split_key="split-v1-00000000000000bb")
    assert 1 not in case_of(store).own


def test_a_run_from_scratch_that_learned_from_fewer_images_is_not_compared(store, train):
    train(digits_quick())
    train(with_setting(digits_quick().without_transfer(), "data.train_limit", 200))
    assert 1 not in case_of(store).own


def test_runs_that_differ_in_more_than_augmentation_do_not_tell_what_it_does(store, train):
    train(digits_quick())
    train(with_setting(WITH_AUGMENTATION, "seed", 7))
    assert case_of(store).evidence.augmented is None
    assert case_of(store).evidence.augmenting is not None


def test_a_trial_is_never_taken_for_the_fine_tuning_that_is_asked_about(store, train):
    """The newest of the recipe that thawed something stands for it, whatever was tried since."""
    train(with_setting(digits_quick(), "fine_tuning.learning_rate", 1e-5))
    asked_about = train(with_setting(digits_quick(), "fine_tuning.unfreeze_from", 98))
    train(with_setting(digits_quick(), "fine_tuning.epochs", 3))
    trials = {
        train(with_setting(digits_quick(), "batch_norm", "batch")): "BatchNorm",
        train(with_setting(digits_quick(), "fine_tuning.unfreeze_from", 154)): "head",
        train(with_setting(digits_quick(), "fine_tuning.learning_rate", 1e-2)): "0.01",
    }
    runs = store.list_runs()
    assert gather(runs, recipe=digits_quick()).tuned.run_key == asked_about
    assert not {run.run_key for run in candidates(runs, digits_quick()).of(2)} & set(trials)
    for key, why in trials.items():
        run = next(run for run in runs if run.run_key == key)
        assert why in unfit(run, digits_quick())
        assert gather(runs, key, recipe=digits_quick()).tuned.run_key == asked_about, "not even when chosen"


def test_where_only_a_trial_is_there_the_fine_tuning_asked_about_is_offered(store, train):
    train(with_setting(digits_quick(), "batch_norm", "batch"))
    case = case_of(store)
    assert 2 not in case.own
    wanted = missing_run(2, case)
    assert wanted.config == digits_quick()
    assert "another BatchNorm mode" in wanted.note


def test_the_run_a_person_chose_goes_before_newer_ones(store, train):
    first, second = train(digits_quick()), train(with_setting(digits_quick(), "seed", 7))
    runs = store.list_runs()
    assert gather(runs).frozen.run_key == second
    assert gather(runs, first).tuned.run_key == first


def test_what_is_missing_is_the_run_that_then_fills_the_question(store, train):
    assert missing_run(1, case_of(store)).config == digits_quick()
    train(digits_quick())
    for number in (1, 4):
        wanted = missing_run(number, case_of(store))
        train(wanted.config)
        assert number in case_of(store).own
        assert missing_run(number, case_of(store)) is None


def test_a_run_with_augmentation_lacks_its_twin_without(store, train):
    train(WITH_AUGMENTATION)
    assert missing_run(4, case_of(store)).config.augmentation == AugmentationConfig()
    assert missing_run(7, case_of(store)) is None


def test_a_run_of_one_phase_lacks_its_fine_tuning(store, train):
    train(digits_quick().first_phase_only())
    assert case_of(store).own == [3, 5, 6, 8]
    assert missing_run(2, case_of(store)).config == digits_quick()


# The numbers


def test_numbers_are_those_of_the_records_and_verdicts_those_of_the_comparison(store, train):
    key, scratch = train(digits_quick()), train(digits_quick().without_transfer())
    case, result = case_of(store), store.load(key)
    told = answer(1, case)
    for phase in result.phases:
        column = told.table[words.PHASE_NAMES[phase.name]]
        assert column["validation images right"] == f"{phase.validation.correct} of {phase.validation.n}"
        assert column["accuracy"] == words.percent(phase.validation.accuracy)
        assert column["95% interval"] == words.interval(*phase.validation.interval)
        assert column["trainable parameters"] == f"{phase.trainable_parameters:,}"
        assert column["seconds"] == f"{phase.seconds['total']:.1f}"
    models = (Model(scratch, "from_scratch"), Model(key, "fine_tuning"))
    assert paired_sentence(comparison.compare_models(store, *models)) in told.findings[0]
    between = comparison.compare_models(store, *(Model(key, phase.name) for phase in result.phases))
    assert paired_sentence(between) in answer(2, case).findings[0]
    curve = answer(2, case).figures[0].numbers
    epochs = [epoch for phase in result.phases for epoch in phase.epochs]
    assert list(curve["validation accuracy"]) == [round(epoch.val_accuracy, 4) for epoch in epochs]


def test_frozen_layers_are_said_to_have_changed_by_exactly_nothing(store, train):
    train(digits_quick())
    table = answer(3, case_of(store)).table
    assert table.loc["layers of the base that changed", "feature extraction"] == "0 of 104"
    assert table.loc["largest change of a layer", "feature extraction"] == "exactly 0"
    assert table.loc["largest change of a layer", "fine-tuning"] == "1%"


def test_a_run_that_was_never_frozen_stands_beside_one_that_was(store, train):
    train(digits_quick())
    train(with_setting(digits_quick(), "feature_extraction.epochs", 0))
    assert "run B, never frozen" in answer(3, case_of(store)).table


def test_the_variants_are_those_that_training_draws():
    pixels = np.random.default_rng(2).integers(0, 256, (32, 32, 3), np.uint8)
    original, first, *_ = variants(pixels, 5, "cat", TURNED, 42)
    draws = augmentation.draw(TURNED, 42, 0, np.array([5], np.uint64))
    assert (original.pixels == pixels).all()
    assert (first.pixels == augmentation.augment(pixels[None], draws, TURNED.fill_mode)[0]).all()
    assert first.said == f"cat: epoch 1, {augmentation.describe(draws[0])}"


def test_the_new_classifier_is_shown_with_what_it_said(store, train):
    key = train(digits_quick())
    outputs = validation_outputs(store, Model(key, "feature_extraction"))
    told = answer(8, case_of(store))
    assert words.percent(float(outputs[0].max())) in told.findings[0]
    assert "12,810 numbers to learn" in told.findings[0]


def test_without_a_run_every_answer_says_that_its_numbers_are_not_the_readers(store):
    case = case_of(store)
    for question in QUESTIONS:
        told = answer(question.number, case)
        assert not told.findings
        assert re.search("no run|no two runs", told.origin, re.I), question
    assert "Published, not yours" in answer(2, case).origin
    assert written_by(case).summary.startswith("0 of 8")


def test_a_run_whose_arrays_are_lost_is_no_evidence_any_more(store, train):
    without = [answer(number, case_of(store)).findings for number in (2, 8)]
    key = train(digits_quick())
    assert [answer(number, case_of(store)).findings for number in (2, 8)] != without
    (store.path(key) / "arrays.npz").unlink()
    assert [answer(number, case_of(store)).findings for number in (2, 8)] == without


# The article


def test_claims_point_to_pages_and_say_so_where_there_is_no_run(store, train):
    pages = {path.stem for path in (Path(__file__).parents[2] / "pages").glob("*.py")}
    assert {claim.page for claims in CLAIMS.values() for claim in claims} <= pages
    assert {question.page for question in QUESTIONS} <= pages
    assert {found.here for claims in material(case_of(store)).values() for found in claims} == {NO_RUN}
    key = train(digits_quick())
    said = " ".join(found.here for claims in material(case_of(store)).values() for found in claims)
    validation = store.load(key).last.validation
    assert f"1,000 training images led to {words.percent(validation.accuracy)}" in said
    models = Model(key, "feature_extraction"), Model(key, "fine_tuning")
    assert paired_sentence(comparison.compare_models(store, *models)) in said
    assert NO_RUN not in said


# The code


def test_the_code_is_that_of_the_run_in_the_answer_and_not_of_the_controls(store, train):
    """The controls augment; the run does not, and lets BatchNorm use each batch's statistics."""
    config = with_setting(with_setting(digits_quick(), "batch_norm", "batch"), "data.image_size", 96)
    train(config)
    case = case_of(store)
    for number in (5, 6, 8):
        assert answer(number, case).code == lab_pieces(config, 10)[number]
    code = answer(8, case).code
    assert "data_augmentation" not in code
    assert "uses each batch's" in code
    assert "96" in answer(5, case).code
    assert "RandomRotation" in answer(7, case).code, "no run augments: the layers are the controls'"
    assert "no run of yours has trained with augmentation" in answer(7, case).origin
    other = replace(WITH_AUGMENTATION, augmentation=AugmentationConfig(flip="vertical"))
    train(other)
    assert "RandomFlip" in answer(7, case_of(store)).code


@pytest.mark.parametrize("classes", [2, 10])
def test_the_shapes_in_the_code_are_those_of_the_settings(classes):
    text = lab_pieces(tf_tutorial(), classes)[8]
    units = 1 if classes == 2 else classes
    for shape in ("(32, 160, 160, 3)", "(32, 5, 5, 1280)", "(32, 1280)", f"(32, {units})"):
        assert shape in text


def test_the_augmentation_layers_are_those_of_the_settings():
    assert lab_pieces(tf_tutorial(), 2)[7] == (
        'data_augmentation = keras.Sequential([\n    layers.RandomFlip("horizontal"),\n'
        "    layers.RandomRotation(0.2),\n])\n"
    )
    off = replace(tf_tutorial(), augmentation=AugmentationConfig())
    assert "Every transform is off" in lab_pieces(off, 2)[7]


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("head", "turned"), [(HeadConfig(), TURNED), (HeadConfig((16,), 0.5), AugmentationConfig())]
)
def test_pasted_in_order_the_four_pieces_build_a_model_whose_head_alone_learns(head, turned):
    import keras

    from core.method import backbone

    config = replace(with_setting(tf_tutorial(), "data.image_size", 32), head=head, augmentation=turned)
    text = "\n".join(lab_pieces(config, 2).values())
    assert text.count('weights="imagenet"') == 1  # which would be downloaded
    space = {}
    keras.utils.set_random_seed(1)
    exec(text.replace('weights="imagenet"', "weights=None"), space)
    model, base = space["model"], space["base_model"]
    base.set_weights(backbone.build(32, config.base, 0).get_weights())
    expected = count_trainable(154, head, 2)
    assert (expected.variables, expected.parameters) == (2, 1281) or head.hidden
    assert len(model.trainable_variables) == expected.variables
    assert sum(int(np.prod(variable.shape)) for variable in model.trainable_variables) == expected.parameters
    shapes = [tuple(layer.output.shape) for layer in model.layers]
    assert (None, 1, 1, 1280) in shapes
    assert (None, 1280) in shapes
    assert shapes[-1] == (None, 1)

    images = np.random.default_rng(0).uniform(0, 255, (8, 32, 32, 3)).astype("float32")
    before = [weight.copy() for weight in base.get_weights()]
    model.compile(keras.optimizers.Adam(0.01), "binary_crossentropy", run_eagerly=True)  # no trace: quicker
    kernel = model.layers[-1].get_weights()[0].copy()
    model.train_on_batch(images, np.arange(8) % 2)
    assert all((new == old).all() for new, old in zip(base.get_weights(), before, strict=True))
    assert (model.layers[-1].get_weights()[0] != kernel).any()


# The files


class Page(HTMLParser):
    """What a browser would make of an HTML file: tags with their attributes, ids, and the text."""

    def __init__(self, text: str):
        super().__init__()
        self.tags, self.ids, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_data(self, data):
        self.text += data


@pytest.fixture
def nasty(store, train):
    """A full set of runs on two classes whose names, like the data set's, hold markup."""
    for config in (digits_quick(), digits_quick().without_transfer(), WITH_AUGMENTATION):
        train(config, classes=NASTY)
    return case_of(store, classes=NASTY, title="<b>photos</b>")


def test_the_html_file_holds_all_answers_and_runs_nothing(nasty):
    text = answers_html.render(written_by(nasty, words=NASTY[0], name=NASTY[1]))
    page = Page(text)
    names = {tag for tag, _ in page.tags}
    assert not names & {"script", "b", "iframe", "link", "object"}
    assert not any(name.startswith("on") for _, attributes in page.tags for name in attributes)
    assert page.text.count(NASTY[0]) >= 8
    assert NASTY[1] in page.text
    assert page.text.count("Whose numbers: ") == 8
    for number in range(5, 9):
        assert lab_pieces(nasty.coded(number), 2)[number] in page.text
    assert "8 of 8 answered in own words, with evidence from own runs." in page.text


def test_the_html_file_needs_nothing_else_and_its_drawings_do_not_share_ids(nasty):
    page = Page(answers_html.render(written_by(nasty)))
    addresses = [tag[1][name] for tag in page.tags for name in ("src", "href") if name in tag[1]]
    assert len(addresses) == 8
    assert all(address.startswith("data:image/png;base64,") for address in addresses)
    assert len(page.ids) == len(set(page.ids))
    assert sum(tag == "svg" for tag, _ in page.tags) == 5


def test_the_markdown_file_keeps_tables_and_code_whole_whatever_the_names(nasty):
    text = answers_markdown.render(written_by(nasty, words="- <i>one</i>\n  1. two_three\n\n# four"))
    outside = re.sub(r"(`{3,})python\n.*?\1|`[^`]*`", "", text, flags=re.S)
    assert "<" not in outside.replace("&lt;", "")
    assert "\\- &lt;i&gt;one&lt;/i&gt;  \n\u00a0\u00a01\\. two\\_three  \n  \n\\# four" in text
    for number in range(5, 9):
        assert f"```python\n{lab_pieces(nasty.coded(number), 2)[number]}```" in text
    tables = re.findall(r"(?:^\|.*\|\n)+", text, flags=re.M)
    assert len(tables) >= 8
    for found in tables:
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in found.splitlines()}
        assert len(widths) == 1, found
    assert text.count("pictures for this question are in the HTML file") == 6


def test_both_files_carry_the_numbers_of_the_page(nasty, store):
    made = written_by(nasty)
    files = answers_html.render(made), answers_markdown.render(made)
    for question in QUESTIONS:
        told = answer(question.number, nasty)
        values = [str(value) for value in told.table.to_numpy().ravel()] if told.table is not None else []
        for value in values:
            assert value in Page(files[0]).text
            assert answers_markdown.escape(value) in files[1]
    assert from_run(nasty, nasty.evidence.tuned) in Page(files[0]).text


def test_what_the_app_would_say_is_in_the_file_only_where_it_is_quoted(nasty):
    silent, quoting = written_by(nasty, quoted=False), written_by(nasty, quoted=True)
    for question in QUESTIONS:
        said = answers_markdown.escape(answer(question.number, nasty).explanation)
        assert said not in answers_markdown.render(silent)
        assert said in answers_markdown.render(quoting)


def test_a_question_without_own_words_is_not_answered_whatever_runs_are_there(nasty):
    made = written_by(nasty, words="  \n")
    assert made.summary.startswith("0 of 8")
    for text in (Page(answers_html.render(made)).text, answers_markdown.render(made)):
        assert text.count("Not answered.") == 8
        assert "Whose numbers" not in text
        assert "import keras" not in text


def test_two_students_who_did_different_things_get_different_documents(store, train):
    """Each chose a run of their own: other figures, other code, other words; the day and name of each."""
    keys = [train(with_setting(digits_quick(), "fine_tuning.unfreeze_from", at)) for at in (116, 54)]
    texts = []
    for key, words_ in zip(keys, ("The end learns.", "Half of it learns."), strict=True):
        case = replace(case_of(store), evidence=gather(store.list_runs(), key, recipe=digits_quick()))
        texts.append(answers_markdown.render(written_by(case, words=words_, quoted=False)))
    for text, own, other, point in zip(texts, keys, keys[::-1], (116, 54), strict=True):
        assert own in text
        assert other not in text
        assert f"index >= {point}" in text, "the code that this run really used"
        assert "Ada · 29 November 2026" in text
    without_a_run = {n: case_of(store) for n in range(1, 9)}
    assert done(without_a_run, OwnWords("", {2: OwnAnswer("x"), 4: OwnAnswer("y")})) == [2]
