-- Cases by time are found by their keys.
DROP INDEX cases_created;
