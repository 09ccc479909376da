"""The matter that most tests apply for: it wants a single material at submission, and one that may follow."""

MATTER = "halls/440307/matters/senior-card"
FORM: dict[str, str | int | bool] = {
    "mobile": "13800000000",
    "address": "深圳市龙岗区",
    "age": 70,
    "photo_receipt": "R-0001",
    "declaration": True,
}
