/* SPDX-License-Identifier: ISC */
/* xlstm: the command line. Verbs from one table. */
#include "command.h"
#include "options.h"
#include "report.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static const struct command *const commands[] = {
    &command_render, &command_train,   &command_info,   &command_eval,  &command_plot,
    &command_live,   &command_convert, &command_signal, &command_bench,
};

enum { COMMANDS = sizeof commands / sizeof *commands };

static const struct command *find(const char *name)
{
    for (int i = 0; i < COMMANDS; i++)
        if (!strcmp(commands[i]->name, name))
            return commands[i];
    return NULL;
}

static void print_overview(void)
{
    puts("Usage: xlstm COMMAND [OPTION]... [FILE]...\n"
         "Guitar amplifiers, pedals and other gear as xLSTM models.\n");
    for (int i = 0; i < COMMANDS; i++)
        printf("  %-9s %s\n", commands[i]->name, commands[i]->summary);
    puts("  help      Show this text, or the help of a COMMAND\n"
         "\n"
         "Examples:\n"
         "  xlstm render guitar.wav -o wet.wav      through the default preset\n"
         "  xlstm render -m amp.safetensors guitar.wav -o wet.wav\n"
         "  xlstm help render                       every option, with examples\n"
         "\n"
         "A command ends with 0 when all went well, 1 when something failed (a sentence on\n"
         "standard error says what), 2 when it was called in a way that makes no sense.");
}

static int help(int argc, char **argv)
{
    if (argc < 2) {
        print_overview();
        return DONE;
    }
    const struct command *command = find(argv[1]);
    if (!command) {
        complain(NULL, "there is no command '%s'; 'xlstm help' lists them", argv[1]);
        return MISUSED;
    }
    options_help(command);
    return DONE;
}

static int version(void)
{
    puts("xlstm " XLSTM_VERSION "\n"
         "Licence ISC. There is no warranty, to the extent permitted by law.");
    return DONE;
}

static int run(int argc, char **argv)
{
    if (argc < 2) {
        complain(NULL, "a command is missing; 'xlstm help' lists them");
        return MISUSED;
    }
    const char *name = argv[1];
    if (!strcmp(name, "--version") || !strcmp(name, "-V"))
        return version();
    if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h"))
        return help(argc - 1, argv + 1);
    const struct command *command = find(name);
    if (!command) {
        complain(NULL, "there is no command '%s'; 'xlstm help' lists them", name);
        return MISUSED;
    }
    return command->run(command, argc - 1, argv + 1);
}

int main(int argc, char **argv)
{
    int outcome = run(argc, argv);
    if (fflush(stdout) || ferror(stdout)) {
        complain(NULL, "standard output: %s", strerror(errno));
        return outcome == DONE ? FAILED : outcome;
    }
    return outcome;
}
