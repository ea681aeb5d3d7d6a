"""Studies: a method's runs measured and its expected orderings tested. One file, one study."""
