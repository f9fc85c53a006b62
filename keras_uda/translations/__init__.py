"""Translated source images that a stage leaves to the stages after it.

`folder` keeps the files; `generate` runs the translator; `join` puts them beside the images that they were made of.
"""
