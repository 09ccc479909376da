from gateway.portal.halls import Directory
from yimen.api.v1 import text_pb2
from yimen.halls.v1 import halls_pb2

DISTRICT = halls_pb2.Hall(name="halls/440307", display_name=text_pb2.Text(zh="深圳市龙岗区政务服务大厅"))


def test_a_case_whose_hall_was_closed_still_shows_and_goes_by_the_halls_code() -> None:
    assert Directory([DISTRICT]).of("halls/440307").display_name.zh == "深圳市龙岗区政务服务大厅"
    assert Directory([DISTRICT]).of("halls/440307999").display_name.zh == "440307999"
