"""Flow charts and chains as they are drawn: well-formed, harmless, legible, and said in words too."""

from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from google.protobuf import json_format
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.matters import data
from services.matters.drawing import width_of, wrapped
from services.matters.guide import chart, form, gantt, words
from tests.matters.builders import some_elements
from yimen.api.v1 import text_pb2
from yimen.matters.v1 import elements_pb2, streamlining_pb2

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = {"svg", "title", "desc", "rect", "line", "polyline", "polygon", "circle", "text"}
STEPS = [
    {"display_name": {"zh": "受理", "en": "Acceptance"}, "who": "窗口人员", "working_days": 1},
    {"display_name": {"zh": "审查", "en": "Review"}, "who": "审批人员", "working_days": 8, "parallel_group": 1},
    {"display_name": {"zh": "会签", "en": "Countersigning"}, "who": "交警审批人员", "working_days": 5, "parallel_group": 1},
    {
        "display_name": {"zh": "专家评审", "en": "Experts"},
        "who": "专家组",
        "special_procedure": "SPECIAL_PROCEDURE_EXPERT_REVIEW",
    },
    {"display_name": {"zh": "送达", "en": "Delivery"}, "who": "窗口人员"},
]


def some_chart(language: str = "en", **changes: Any) -> Element:
    drawn = chart.drawn(some_elements(**({"steps": STEPS} | changes)))
    return parsed(getattr(drawn, f"svg_{language}"))


def parsed(svg: str) -> Element:
    return fromstring(svg)  # noqa: S314 - as above


def texts(root: Element) -> list[str]:
    return [shape.text or "" for shape in root.iter(f"{SVG}text")]


def assert_harmless(root: Element) -> None:
    """Only shapes, and no attribute that a page's policy refuses or that leads outside."""
    for shape in root.iter():
        assert shape.tag.removeprefix(SVG) in DRAWN
        assert not {name for name in shape.attrib if "href" in name or name.startswith("on") or name in ("style", "class")}
        assert "url(" not in "".join(shape.attrib.values())


def assert_legible(root: Element) -> None:
    """All text inside the drawing, no letter smaller than 11 pixels at its own width."""
    width, height = (float(root.attrib[side]) for side in ("width", "height"))
    for shape in root.iter(f"{SVG}text"):
        x, size = float(shape.attrib["x"]), float(shape.attrib["font-size"])
        long = width_of(shape.text or "", size)
        left = x - {"start": 0.0, "middle": long / 2, "end": long}[shape.attrib["text-anchor"]]
        assert left >= -1
        assert left + long <= width + 1
        assert size >= 11
        assert 0 < float(shape.attrib["y"]) < height


def test_a_chart_says_who_and_in_how_many_working_days() -> None:
    said = texts(some_chart("zh"))
    assert {"受理", "窗口人员 · 1 个工作日", "第 1 日", "第 9 日", "共 9 个工作日", "承诺 10 个工作日"} <= set(said)
    assert {"Acceptance", "clerk · 1 working day", "day 1", "day 9"} <= set(texts(some_chart("en")))


def test_what_runs_in_parallel_stands_side_by_side_between_two_bars() -> None:
    root = some_chart()
    assert "2 steps side by side; the longest counts" in texts(root)
    bars = [shape for shape in root.iter(f"{SVG}rect") if shape.attrib["height"] == "4"]
    review, countersigning = (t for t in root.iter(f"{SVG}text") if t.text in ("Review", "Countersigning"))
    assert len(bars) == 2
    assert float(bars[0].attrib["y"]) < float(review.attrib["y"]) < float(bars[1].attrib["y"])
    assert review.attrib["y"] == countersigning.attrib["y"]
    assert float(review.attrib["x"]) < float(countersigning.attrib["x"])


def test_a_step_that_stops_the_clock_is_told_by_more_than_colour() -> None:
    root = some_chart()
    assert "expert review: does not count" in texts(root)
    assert {"Clock", "stops"} <= set(texts(root)) or "Clock stops" in texts(root)
    dashed = [shape for shape in root.iter(f"{SVG}rect") if "stroke-dasharray" in shape.attrib]
    assert len(dashed) == 1


def test_a_step_that_takes_no_day_says_so() -> None:
    assert "clerk · takes no working day" in texts(some_chart())


def test_a_screen_reader_is_told_the_whole_chart() -> None:
    root = some_chart("zh")
    by_id = {shape.attrib["id"]: shape.text for shape in root.iter() if "id" in shape.attrib}
    title, description = (by_id[key] for key in root.attrib["aria-labelledby"].split())
    assert root.attrib["role"] == "img"
    assert title == "办学许可办理流程图"
    assert description == (
        "共 5 个环节，合计 9 个工作日。1．受理（窗口人员，1 个工作日）。2．审查（审批人员，8 个工作日，与第 3 步同时办理）。"
        "3．会签（交警审批人员，5 个工作日，与第 2 步同时办理）。4．专家评审（专家组，专家评审，不计入时限）。"
        "5．送达（窗口人员，不占工作日）。承诺时限：10 个工作日。"
    )


def test_both_languages_and_several_charts_can_stand_on_one_page() -> None:
    charts = [some_chart("zh"), some_chart("en"), some_chart("zh", display_name={"zh": "另一事项"})]
    ids = [shape.attrib["id"] for root in charts for shape in root.iter() if "id" in shape.attrib]
    assert len(ids) == len(set(ids)) == 6


def test_the_same_steps_are_drawn_the_same() -> None:
    assert chart.drawn(some_elements(steps=STEPS)) == chart.drawn(some_elements(steps=STEPS))


def test_markup_in_a_name_is_text() -> None:
    name = '<script>alert("1")</script> & 审查'
    root = some_chart(steps=[{"display_name": {"zh": name}, "who": "审批人员"}])
    assert_harmless(root)
    assert "".join(texts(root)).replace(" ", "").count('<script>alert("1")</script>&审查') == 1


@pytest.mark.parametrize("request_", [*data.matters()], ids=lambda request: request.matter_id)
def test_every_chart_of_the_reference_list_is_legible(request_: Any) -> None:
    drawn = chart.drawn(request_.matter.elements)
    for svg in (drawn.svg_zh, drawn.svg_en):
        root = parsed(svg)
        assert_harmless(root)
        assert_legible(root)
        # A4 less its margins, in CSS pixels, at full size.
        assert float(root.attrib["height"]) < 1000


_texts = st.text(max_size=60) | st.text("审批 aW、（-", min_size=1, max_size=200)
_steps = st.builds(
    lambda zh, en, who, days, group, stops: json_format.ParseDict(
        {
            "display_name": {"zh": zh, "en": en},
            "who": who,
            "working_days": days,
            "parallel_group": group,
            "special_procedure": stops,
        },
        elements_pb2.Step(),
    ),
    _texts, _texts, _texts, st.integers(0, 9999), st.integers(0, 2), st.sampled_from([0, 1, 8]),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(_steps, max_size=8))
@example([elements_pb2.Step(display_name=text_pb2.Text(en="0" * 12 + "\x1b" * 14))])
def test_whatever_the_steps_are_called_the_chart_is_well_formed_and_legible(steps: list[elements_pb2.Step]) -> None:
    elements = some_elements(steps=[])
    elements.steps.extend(steps)
    drawn = chart.drawn(elements)
    for svg in (drawn.svg_zh, drawn.svg_en):
        root = parsed(svg)
        assert_harmless(root)
        assert_legible(root)


@given(st.text(max_size=80), st.floats(40, 300), st.integers(1, 6))
def test_wrapped_text_fits_its_width_and_its_lines(text: str, width: float, lines: int) -> None:
    parts = wrapped(text, 13, width, lines)
    assert 1 <= len(parts) <= lines
    assert all(width_of(part, 13) <= width for part in parts)
    if not parts[-1].endswith("…"):
        assert "".join("".join(parts).split()) == "".join(text.split())


def test_text_breaks_between_words_and_never_before_a_closing_mark() -> None:
    assert wrapped("Counter-signature of traffic police", 16, 130, 6) == ("Counter-", "signature of", "traffic police")
    assert all(not part.startswith("，") for part in wrapped("审查审查审查，审查审查审查，审查审查", 16, 96, 6))


# forms on paper


def test_a_form_shows_every_field_with_what_may_be_written_there() -> None:
    schema = {
        "type": "object",
        "required": ["mobile", "kind"],
        "properties": {
            "mobile": {"type": "string", "title": "手机", "x-title-en": "Mobile", "pattern": "^1[3-9][0-9]{9}$"},
            "kind": {"title": "类型", "oneOf": [{"const": "a", "title": "甲类"}, {"const": "b", "title": "乙类"}]},
            "area": {"type": "number", "title": "面积", "minimum": 0, "maximum": 10.5},
            "agent": {"type": "boolean", "title": "代办"},
            "promise": {"title": "承诺属实", "const": True},
        },
    }
    root = parsed(form.drawn(some_elements(form_schema=schema), "zh", name="a"))
    assert_harmless(root)
    assert_legible(root)
    assert texts(root)[0] == "办学许可申请表（样表）"
    written = ["手机 *", "11 位手机号码", "类型 *", "甲类", "乙类", "代办", "是", "否", "面积", "填数字，不小于 0，不大于 10.5"]
    shown = [text for text in texts(root) if text in {*written, "承诺属实"}]
    assert sorted(shown) == sorted([*written, "承诺属实"])
    assert shown[-1] == "承诺属实"


@pytest.mark.parametrize("request_", [*data.matters()], ids=lambda request: request.matter_id)
def test_every_form_of_the_reference_list_fits_a_page_of_a4(request_: Any) -> None:
    for language in words.LANGUAGES:
        root = parsed(form.drawn(request_.matter.elements, language, name="a"))
        assert_legible(root)
        assert (root.attrib["width"], root.attrib["height"]) == ("718", "1046")


def test_a_matter_without_a_form_says_so() -> None:
    with pytest.raises(form.FormNotKept, match="has no application form"):
        form.drawn(some_elements(form_schema={}), "en", name="halls/440307/matters/a")


# chains


def some_links() -> list[streamlining_pb2.ChainLink]:
    named = [("规划", "Plan", 0, 60, True, ""), ("环评", "Environment", 60, 90, False, "规划"),
             ("用地", "Land", 60, 220, True, "规划"), ("施工", "Building", 220, 221, True, "用地 环评")]  # fmt: skip
    return [
        streamlining_pb2.ChainLink(
            matter=zh,
            display_name=text_pb2.Text(zh=zh, en=en),
            start=start,
            finish=finish,
            critical=critical,
            after=after.split(),
        )
        for zh, en, start, finish, critical, after in named
    ]


def test_a_chain_says_each_matters_days_and_which_are_critical() -> None:
    root = parsed(gantt.drawn(some_links(), "en", "A chain"))
    assert_harmless(root)
    assert_legible(root)
    assert {"Plan", "days 1 to 60", "days 61 to 90", "day 221", "221"} <= set(texts(root))
    bold = {t.text for t in root.iter(f"{SVG}text") if t.attrib.get("font-weight") == "bold"}
    assert {"Plan", "Land", "Building"} <= bold
    assert "Environment" not in bold
    assert gantt.described(some_links(), "zh") == (
        "4 个事项，关键线路共 221 个工作日。规划：第 1 至 60 日，关键事项。环评：第 61 至 90 日，非关键事项，须先办结规划。"
        "用地：第 61 至 220 日，关键事项，须先办结规划。施工：第 221 日，关键事项，须先办结用地、环评。"
    )


def test_what_is_not_critical_has_the_days_until_what_follows_to_spare() -> None:
    links = some_links()
    assert [gantt.slack(link, links) for link in links] == [0, 130, 0, 0]


def test_an_empty_chain_can_be_drawn() -> None:
    parsed(gantt.drawn([], "zh", "空"))


def test_the_words_of_drawings_are_there_in_both_languages() -> None:
    for table in ("chart", "chain", "form", "phrases", "labels", "sections"):
        for row in words._words()[table].values():
            assert all(row[language] for language in words.LANGUAGES)
