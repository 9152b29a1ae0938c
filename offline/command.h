/* SPDX-License-Identifier: ISC */
/* A verb of the tool: `xlstm NAME …`. Each lives in a file of its own and exports one row; main.c
 * lists the rows. */
#ifndef COMMAND_H
#define COMMAND_H

struct option_row;

/** What a verb returns, and the program with it. */
enum outcome {
    DONE = 0,   ///< all of it
    FAILED = 1, ///< something went wrong, and a sentence on stderr says what
    MISUSED = 2 ///< the command line made no sense
};

/** A verb: what help says of it, and what it does. All static. */
struct command {
    const char *name;
    const char *operands;             ///< as the usage line shows them
    const char *summary;              ///< one line for `xlstm help`
    const char *details;              ///< paragraphs under the summary, or NULL
    const char *examples;             ///< lines, each with a newline
    int minimum, maximum;             ///< number of operands
    const struct option_row *options; ///< ended by a row without a name
    int (*run)(const struct command *command, int argc, char **argv); ///< gives an outcome
};

/** The verbs. */
extern const struct command command_info, command_render, command_eval, command_convert,
    command_live, command_plot, command_train, command_signal, command_bench;

#endif
