"""The whole list in and out: files of matters are read, judged row by row and put on the list; the list goes out as open data.

`table` what a row of a table holds, `reading` files to rows, `judging` what a row breaks, `importing` the two passes of an
import, `writing` and `linked` the list to files, `store` what is kept of an import, `command` the command line.
"""
