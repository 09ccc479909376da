"""The values of the contract's enums in words."""

from collections.abc import Callable
from functools import cache
from typing import Any

from gateway.portal.texts import _, language
from yimen.api.v1 import access_pb2
from yimen.halls.v1 import halls_pb2
from yimen.intake.v1 import cases_pb2
from yimen.matters.v1 import elements_pb2, versions_pb2


def name_of(value: int | str, enum: str) -> str:
    """The name of an enum's value, given as number or by its name: `matter.matter_type | name_of("MatterType")`."""
    number = _ENUMS[enum][0].Value(value) if isinstance(value, str) else value
    return _names(enum, language()).get(number, "")


@cache
def _names(enum: str, _language: str) -> dict[int, str]:
    """All names of an enum; said in the language of the request, which is the second argument."""
    said: dict[int, str] = _ENUMS[enum][1]()
    return said


def _tiers() -> dict[int, str]:
    return {
        halls_pb2.TIER_DISTRICT: _("区"),
        halls_pb2.TIER_STREET: _("街道"),
        halls_pb2.TIER_COMMUNITY: _("社区"),
    }


def _matter_types() -> dict[int, str]:
    return {
        elements_pb2.MATTER_TYPE_LICENCE: _("行政许可"),
        elements_pb2.MATTER_TYPE_PENALTY: _("行政处罚"),
        elements_pb2.MATTER_TYPE_COERCION: _("行政强制"),
        elements_pb2.MATTER_TYPE_LEVY: _("行政征收"),
        elements_pb2.MATTER_TYPE_BENEFIT: _("行政给付"),
        elements_pb2.MATTER_TYPE_INSPECTION: _("行政检查"),
        elements_pb2.MATTER_TYPE_CONFIRMATION: _("行政确认"),
        elements_pb2.MATTER_TYPE_REWARD: _("行政奖励"),
        elements_pb2.MATTER_TYPE_ADJUDICATION: _("行政裁决"),
        elements_pb2.MATTER_TYPE_OTHER: _("其他类别事项"),
        elements_pb2.MATTER_TYPE_PUBLIC_SERVICE: _("公共服务事项"),
    }


def _case_types() -> dict[int, str]:
    return {
        elements_pb2.CASE_TYPE_IMMEDIATE: _("即办件"),
        elements_pb2.CASE_TYPE_PROMISED: _("承诺件"),
        elements_pb2.CASE_TYPE_OTHER: _("其他"),
    }


def _service_objects() -> dict[int, str]:
    return {
        elements_pb2.SERVICE_OBJECT_NATURAL_PERSON: _("个人"),
        elements_pb2.SERVICE_OBJECT_ENTERPRISE: _("企业"),
        elements_pb2.SERVICE_OBJECT_INSTITUTION: _("事业单位"),
        elements_pb2.SERVICE_OBJECT_SOCIAL_ORGANISATION: _("社会组织"),
        elements_pb2.SERVICE_OBJECT_ORGAN: _("行政机关"),
        elements_pb2.SERVICE_OBJECT_OTHER_ORGANISATION: _("其他组织"),
    }


def _online_depths() -> dict[int, str]:
    return {
        elements_pb2.ONLINE_DEPTH_NONE: _("窗口办理"),
        elements_pb2.ONLINE_DEPTH_CONSULTATION: _("网上咨询"),
        elements_pb2.ONLINE_DEPTH_RECEIPT: _("网上收件"),
        elements_pb2.ONLINE_DEPTH_PRE_REVIEW: _("网上预审"),
        elements_pb2.ONLINE_DEPTH_ACCEPTANCE: _("网上受理"),
        elements_pb2.ONLINE_DEPTH_HANDLING: _("网上办理"),
        elements_pb2.ONLINE_DEPTH_WHOLE: _("全程网办"),
    }


def _case_states() -> dict[int, str]:
    return {
        cases_pb2.CASE_STATE_DRAFT: _("草稿"),
        cases_pb2.CASE_STATE_SUBMITTED: _("已提交"),
        cases_pb2.CASE_STATE_PRE_REVIEWED: _("预审通过"),
        cases_pb2.CASE_STATE_CORRECTION_REQUESTED: _("待补正"),
        cases_pb2.CASE_STATE_NOT_ACCEPTED: _("不予受理"),
        cases_pb2.CASE_STATE_ACCEPTED: _("已受理"),
        cases_pb2.CASE_STATE_IN_REVIEW: _("审查中"),
        cases_pb2.CASE_STATE_SUSPENDED: _("特别程序"),
        cases_pb2.CASE_STATE_DECIDED: _("已决定"),
        cases_pb2.CASE_STATE_COMPLETED: _("已办结"),
        cases_pb2.CASE_STATE_DELIVERED: _("已送达"),
        cases_pb2.CASE_STATE_WITHDRAWN: _("已撤回"),
        cases_pb2.CASE_STATE_TERMINATED: _("已终止"),
    }


def _procedures() -> dict[int, str]:
    return {
        elements_pb2.SPECIAL_PROCEDURE_HEARING: _("听证"),
        elements_pb2.SPECIAL_PROCEDURE_TENDER: _("招标"),
        elements_pb2.SPECIAL_PROCEDURE_AUCTION: _("拍卖"),
        elements_pb2.SPECIAL_PROCEDURE_INSPECTION: _("检验"),
        elements_pb2.SPECIAL_PROCEDURE_TEST: _("检测"),
        elements_pb2.SPECIAL_PROCEDURE_QUARANTINE: _("检疫"),
        elements_pb2.SPECIAL_PROCEDURE_APPRAISAL: _("鉴定"),
        elements_pb2.SPECIAL_PROCEDURE_EXPERT_REVIEW: _("专家评审"),
        elements_pb2.SPECIAL_PROCEDURE_PUBLIC_NOTICE: _("公示"),
        elements_pb2.SPECIAL_PROCEDURE_SITE_INSPECTION: _("现场勘验"),
    }


def _roles() -> dict[int, str]:
    return {
        access_pb2.ROLE_CLERK: _("窗口人员"),
        access_pb2.ROLE_APPROVER: _("审批人员"),
        access_pb2.ROLE_HEAD: _("单位负责人"),
        access_pb2.ROLE_CHIEF_REPRESENTATIVE: _("首席代表"),
        access_pb2.ROLE_EDITOR: _("事项管理员"),
        access_pb2.ROLE_OPERATOR: _("平台管理员"),
        access_pb2.ROLE_SUPERVISOR: _("监察员"),
        access_pb2.ROLE_LEGAL: _("法制审核员"),
    }


def _version_states() -> dict[int, str]:
    return {
        versions_pb2.VERSION_STATE_DRAFT: _("草稿"),
        versions_pb2.VERSION_STATE_IN_REVIEW: _("审核中"),
        versions_pb2.VERSION_STATE_PUBLISHED: _("已发布"),
        versions_pb2.VERSION_STATE_SUPERSEDED: _("已被取代"),
        versions_pb2.VERSION_STATE_CANCELLED: _("已取消"),
    }


def _outcomes() -> dict[int, str]:
    return {cases_pb2.OUTCOME_GRANTED: _("准予"), cases_pb2.OUTCOME_REFUSED: _("不予")}


_ENUMS: dict[str, tuple[Any, Callable[[], dict[int, str]]]] = {
    "Tier": (halls_pb2.Tier, _tiers),
    "MatterType": (elements_pb2.MatterType, _matter_types),
    "CaseType": (elements_pb2.CaseType, _case_types),
    "ServiceObject": (elements_pb2.ServiceObject, _service_objects),
    "OnlineDepth": (elements_pb2.OnlineDepth, _online_depths),
    "CaseState": (cases_pb2.CaseState, _case_states),
    "SpecialProcedure": (elements_pb2.SpecialProcedure, _procedures),
    "Role": (access_pb2.Role, _roles),
    "VersionState": (versions_pb2.VersionState, _version_states),
    "Outcome": (cases_pb2.Outcome, _outcomes),
}
