/* SPDX-License-Identifier: ISC */
#include "options.h"

#include "report.h"

#include <getopt.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAX_ROWS = 40,
    HELP_COLUMN = 28,   /* where the explanations start */
    LONG_ONLY = 0x1000, /* getopt values of options without a letter, plus their row */
    HELP = LONG_ONLY - 1
};

/** Tables for getopt_long(), made from the rows. */
struct getopt_tables {
    struct option longs[MAX_ROWS + 2];
    char letters[2 * MAX_ROWS + 4];
};

static void make_tables(const struct option_row *rows, struct getopt_tables *tables)
{
    char *letter = tables->letters;
    size_t count = 0;
    *letter++ = ':'; /* tell a missing argument from an unknown option */
    for (; rows[count].name && count < MAX_ROWS; count++) {
        const struct option_row *row = &rows[count];
        bool takes = row->kind != OPTION_FLAG;
        tables->longs[count] = (struct option){row->name, takes ? required_argument : no_argument,
                                               NULL, LONG_ONLY + (int)count};
        if (row->letter) {
            *letter++ = (char)row->letter;
            if (takes)
                *letter++ = ':';
        }
    }
    *letter++ = 'h';
    *letter = '\0';
    tables->longs[count++] = (struct option){"help", no_argument, NULL, HELP};
    tables->longs[count] = (struct option){NULL, 0, NULL, 0};
}

static const struct option_row *row_of(const struct option_row *rows, int value)
{
    if (value >= LONG_ONLY)
        return &rows[value - LONG_ONLY];
    for (; rows->name; rows++)
        if (rows->letter == value)
            return rows;
    return NULL;
}

/** The seconds that a unit letter stands for; 0 if it is none. */
static double unit_seconds(const char *unit)
{
    if (!*unit || !strcmp(unit, "s"))
        return 1;
    if (!strcmp(unit, "m"))
        return 60;
    return strcmp(unit, "h") ? 0 : 3600;
}

static bool number(const struct option_row *row, const char *text, double *value)
{
    char *end;
    *value = strtod(text, &end);
    double scale = row->kind == OPTION_DURATION ? unit_seconds(end) : !*end;
    *value *= scale;
    if (end == text || scale == 0 || !(*value >= row->minimum && *value <= row->maximum)) {
        complain(NULL, "--%s takes a %s from %g to %g, not '%s'", row->name,
                 row->kind == OPTION_DURATION ? "time" : "number", row->minimum, row->maximum,
                 text);
        return false;
    }
    if (row->kind == OPTION_WHOLE && *value != floor(*value)) {
        complain(NULL, "--%s takes a whole number, not '%s'", row->name, text);
        return false;
    }
    return true;
}

static bool choice(const struct option_row *row, const char *text, int *index)
{
    char known[256] = "";
    for (int i = 0; row->choices[i]; i++) {
        if (!strcmp(row->choices[i], text)) {
            *index = i;
            return true;
        }
        size_t used = strlen(known);
        snprintf(known + used, sizeof known - used, "%s%s", i ? ", " : "", row->choices[i]);
    }
    complain(NULL, "--%s takes one of %s, not '%s'", row->name, known, text);
    return false;
}

static bool append(const struct option_row *row, struct option_list *list, const char *text)
{
    if (list->count == OPTION_LIST_MAX) {
        complain(NULL, "--%s may be given %d times at most", row->name, OPTION_LIST_MAX);
        return false;
    }
    list->items[list->count++] = text;
    return true;
}

static bool store(const struct option_row *row, const char *text, void *settings)
{
    void *target = (char *)settings + row->offset;
    double value;
    switch (row->kind) {
    case OPTION_FLAG:
        *(bool *)target = true;
        return true;
    case OPTION_TEXT:
        *(const char **)target = text;
        return true;
    case OPTION_NUMBER:
    case OPTION_DURATION:
        return number(row, text, target);
    case OPTION_WHOLE:
        if (!number(row, text, &value))
            return false;
        *(long *)target = (long)value;
        return true;
    case OPTION_CHOICE:
        return choice(row, text, target);
    case OPTION_LIST:
        return append(row, target, text);
    }
    return false;
}

static int misused(const struct command *command)
{
    complain(NULL, "'xlstm %s --help' shows how it is used", command->name);
    return -1;
}

static int refuse(const struct command *command, int code, const char *word)
{
    if (code == ':')
        complain(NULL, "option '%s' needs a value", word);
    else
        complain(NULL, "%s has no option '%s', or not in this form", command->name, word);
    return misused(command);
}

static int check_operands(const struct command *command, int first, int argc)
{
    int count = argc - first;
    if (count >= command->minimum && count <= command->maximum)
        return first;
    if (count < command->minimum)
        complain(NULL, "%s needs %s", command->name, command->operands);
    else
        complain(NULL, "%s takes %s, and %d names were given", command->name,
                 *command->operands ? command->operands : "no file names", count);
    return misused(command);
}

int options_parse(const struct command *command, int argc, char **argv, void *settings)
{
    struct getopt_tables tables;
    make_tables(command->options, &tables);
    optind = 0; /* start afresh, whatever was parsed before */
    opterr = 0;
    int code;
    while ((code = getopt_long(argc, argv, tables.letters, tables.longs, NULL)) != -1) {
        if (code == 'h' || code == HELP) {
            options_help(command);
            return 0;
        }
        if (code == '?' || code == ':')
            return refuse(command, code, argv[optind - 1]);
        if (!store(row_of(command->options, code), optarg, settings))
            return misused(command);
    }
    return check_operands(command, optind, argc);
}

/** Prints one option and its explanation, further lines of which are indented. */
static void help_row(const char *names, const char *help)
{
    printf("  %-*s", HELP_COLUMN - 2, names);
    if (strlen(names) > HELP_COLUMN - 4)
        printf("\n%*s", HELP_COLUMN, "");
    for (const char *line = help; line;) {
        const char *end = strchr(line, '\n');
        printf("%.*s\n", (int)(end ? end - line : (long)strlen(line)), line);
        line = end ? end + 1 : NULL;
        if (line)
            printf("%*s", HELP_COLUMN, "");
    }
}

void options_help(const struct command *command)
{
    printf("Usage: xlstm %s [OPTION]...%s%s\n%s\n", command->name, *command->operands ? " " : "",
           command->operands, command->summary);
    if (command->details)
        printf("\n%s", command->details);
    printf("\n");
    for (const struct option_row *row = command->options; row->name; row++) {
        char names[80];
        char letter[] = {'-', (char)row->letter, ',', ' ', '\0'};
        snprintf(names, sizeof names, "%s--%s%s%s", row->letter ? letter : "    ", row->name,
                 row->argument ? "=" : "", row->argument ? row->argument : "");
        help_row(names, row->help);
    }
    help_row("-h, --help", "show this text");
    printf("\nExamples:\n%s", command->examples);
}
