"""Data of other tasks: class folders, tables, Pascal VOC's lists, labelled probe sets, the Hugging Face hub."""
