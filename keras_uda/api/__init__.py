"""The Python face: a function for each verb, which `keras_uda` offers by name and the command line is written on."""
