"""What the tables hold of one batch of pushed packages, and what is written of it: one file for each noun.

`base` is what all of them share; actions/records.py puts them together to the store that sync/push.py asks.
"""
