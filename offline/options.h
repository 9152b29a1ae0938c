/* SPDX-License-Identifier: ISC */
/* Command lines: one table of rows serves the parser and `--help`. */
#ifndef OPTIONS_H
#define OPTIONS_H

#include "command.h"

#include <stddef.h>

/** The type of an option, and of the member of the settings that takes its value. */
enum option_kind {
    OPTION_FLAG,     ///< bool: no argument, true when given
    OPTION_TEXT,     ///< const char *, into argv
    OPTION_NUMBER,   ///< double
    OPTION_WHOLE,    ///< long
    OPTION_DURATION, ///< double, seconds: "90", "90s", "5m", "2h"
    OPTION_CHOICE,   ///< int: index into `choices`
    OPTION_LIST,     ///< struct option_list: may be given several times
};

/** How often an option of a list may be given. */
enum { OPTION_LIST_MAX = 512 };

/** What an OPTION_LIST collects, in the order of the command line. */
struct option_list {
    size_t count;
    const char *items[OPTION_LIST_MAX]; ///< into argv
};

/** An option: how it is called, what it fills, what help says of it. */
struct option_row {
    const char *name; ///< long name without dashes; NULL ends a table
    int letter;       ///< short name, or 0
    enum option_kind kind;
    size_t offset;              ///< of the member in the settings
    const char *argument;       ///< what `--help` calls the argument; NULL for a flag
    const char *help;           ///< lines of at most 52 characters
    double minimum, maximum;    ///< accepted range of a number, whole number or duration
    const char *const *choices; ///< of a choice, ended by NULL
};

/** Reads a command line into `settings`, which hold the defaults before. Gives the index of the
 *  first operand; 0 when `--help` was asked for and has been printed; -1 when the line makes no
 *  sense, after a sentence on stderr. argv is reordered, operands last. */
int options_parse(const struct command *command, int argc, char **argv, void *settings);

/** Prints the help of a command. */
void options_help(const struct command *command);

#endif
