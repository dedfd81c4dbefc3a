"""How pages write times in each language: FORMAT_MODULE_PATH names this package.

There is one way (ISO 8601, with the zone), because a time in the admin is compared with times in
the logs and in answers of the API. Numbers stay as each language writes them.
"""

DATE_FORMAT = SHORT_DATE_FORMAT = "Y-m-d"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "Y-m-d H:i T"
TIME_FORMAT = "H:i"
