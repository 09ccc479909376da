"""The words of the pages in both languages."""

from collections.abc import Callable

from yimen.matters.v1 import elements_pb2

_WORDS = {
    "title": ("政务服务大厅", "Government Service Hall"),
    "other": ("English", "中文"),
    "search": ("搜索事项", "Find a matter"),
    "search_hint": ("例如：老人津贴、居住证、食品流通许可", "e.g. 居住证, allowance"),
    "found": ("找到的事项", "Matters found"),
    "nothing": ("没有找到符合的已公布事项，请换个说法。", "No published matter fits. Try other words."),
    "halls": ("选择大厅", "Choose a hall"),
    "hours": ("办公时间", "Opening hours"),
    "address": ("地址", "Address"),
    "placeholder": ("（待核实）", "(to be confirmed)"),
    "telephone": ("电话", "Telephone"),
    "counters": ("窗口", "Counters"),
    "here": ("本大厅可受理的事项", "Matters accepted here"),
    "unit": ("实施主体", "Unit"),
    "code": ("实施编码", "Implementation code"),
    "limits": ("办理时限", "Time limits"),
    "promised": ("承诺时限", "Promised"),
    "statutory": ("法定时限", "Statutory"),
    "conditions": ("受理条件", "Conditions"),
    "materials": ("申请材料", "Materials"),
    "required": ("必备", "required"),
    "optional": ("可选", "optional"),
    "issued_by": ("出具机构", "issued by"),
    "steps": ("办理流程", "Steps"),
    "basis": ("设定依据", "Legal basis"),
    "fees": ("收费", "Fees"),
    "free": ("不收费", "No fee"),
    "contacts": ("咨询与监督", "Contacts"),
    "consult": ("咨询电话", "Enquiries"),
    "complain": ("监督电话", "Complaints"),
    "missing": ("没有这个页面", "There is no such page"),
    "away": ("服务暂时不可用，请稍后再试", "The service does not answer. Try again shortly."),
    "home": ("首页", "Home"),
    "skip": ("跳到正文", "Skip to content"),
    "unit_1": ("个工作日", "working days"),
    "unit_2": ("个自然日", "calendar days"),
    "unit_3": ("个月", "months"),
    "unit_4": ("年", "years"),
    "unit_5": ("小时", "hours"),
    "days": ("一二三四五六日", "Mon Tue Wed Thu Fri Sat Sun"),
}


def english(asked: str, kept: str) -> bool:
    """Whether a page is shown in English: by the switch, else by what was chosen before."""
    return (asked or kept) == "en"


def words(language: str) -> Callable[..., str]:
    """Looks a word up; a limit is said with its unit, weekdays by their names."""
    column = 1 if language == "en" else 0

    def say(key: str, of: object = None) -> str:
        if isinstance(of, elements_pb2.Limit):
            return f"{of.value} {_WORDS[f'unit_{of.unit}'][column]}" if of.unit else "—"
        if key == "days" and isinstance(of, list):
            names = _WORDS["days"][column].split() if column else [f"周{day}" for day in _WORDS["days"][0]]
            return (", " if column else "、").join(names[day - 1] for day in of)
        return _WORDS[key][column]

    return say
