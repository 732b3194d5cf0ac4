"""The version of the toolkit, printed on every report and part of every run id."""

VERSION = "0.1.0"
