/* SPDX-License-Identifier: ISC */
/* Command lines of the tool, and values of knobs. */
#include "gain_model.h"
#include "model_file.h"
#include "options.h"
#include "suite.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct settings {
    bool flag;
    const char *text;
    double number, time;
    long whole;
    int choice;
    struct option_list list;
};

static const char *const colours[] = {"red", "green", NULL};

static const struct option_row rows[] = {
    {"flag", 'f', OPTION_FLAG, offsetof(struct settings, flag), NULL, "", 0, 0, NULL},
    {"text", 't', OPTION_TEXT, offsetof(struct settings, text), "T", "", 0, 0, NULL},
    {"number", 'n', OPTION_NUMBER, offsetof(struct settings, number), "N", "", -10, 10, NULL},
    {"whole", 0, OPTION_WHOLE, offsetof(struct settings, whole), "N", "", 1, 64, NULL},
    {"time", 0, OPTION_DURATION, offsetof(struct settings, time), "T", "", 0, 36000, NULL},
    {"colour", 'c', OPTION_CHOICE, offsetof(struct settings, choice), "C", "", 0, 0, colours},
    {"list", 'l', OPTION_LIST, offsetof(struct settings, list), "L", "", 0, 0, NULL},
    {0},
};

static const struct command command = {.name = "test",
                                       .operands = "FILE...",
                                       .summary = "",
                                       .examples = "",
                                       .minimum = 1,
                                       .maximum = 2,
                                       .options = rows};

enum { WORDS = 32 };

/** Parses a line of words separated by blanks; `argv` gets them, reordered. */
static int parse(const char *line, struct settings *settings, char *argv[WORDS])
{
    static char text[256];
    int argc = 0;
    strcpy(text, line);
    *settings = (struct settings){0};
    for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
        argv[argc++] = word;
    argv[argc] = NULL;
    return options_parse(&command, argc, argv, settings);
}

static void test_every_kind_is_read(void)
{
    struct settings s;
    char *argv[WORDS];
    int first = parse("test a -f --text=x -n -2.5 --whole 7 --time=2m -c green -l one b --list two",
                      &s, argv);
    CU_ASSERT_TRUE_FATAL(first > 0);
    CU_ASSERT_STRING_EQUAL(argv[first], "a");
    CU_ASSERT_STRING_EQUAL(argv[first + 1], "b");
    CU_ASSERT(s.flag && s.number == -2.5 && s.whole == 7 && s.time == 120 && s.choice == 1);
    CU_ASSERT_STRING_EQUAL(s.text, "x");
    CU_ASSERT_EQUAL_FATAL(s.list.count, 2);
    CU_ASSERT_STRING_EQUAL(s.list.items[1], "two");
}

static void test_durations_have_units(void)
{
    struct settings s;
    char *argv[WORDS];
    CU_ASSERT(parse("test a --time 90", &s, argv) > 0 && s.time == 90);
    CU_ASSERT(parse("test a --time 1.5s", &s, argv) > 0 && s.time == 1.5);
    CU_ASSERT(parse("test a --time 2h", &s, argv) > 0 && s.time == 7200);
}

static void test_nonsense_is_refused(void)
{
    static const char *const lines[] = {
        "test",                 /* an operand too few */
        "test a b c",           /* one too many */
        "test a --nope",        /* unknown */
        "test a -z",            /* unknown letter */
        "test a --number",      /* no value */
        "test a --flag=1",      /* a value too many */
        "test a --number=1x",   /* no number */
        "test a --number=11",   /* out of range */
        "test a --number=nan",  /* no range holds it */
        "test a --whole=1.5",   /* not whole */
        "test a --time=3d",     /* no such unit */
        "test a --colour=blue", /* no such choice */
    };
    struct settings s;
    char *argv[WORDS];
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++)
        CU_ASSERT_EQUAL(parse(lines[i], &s, argv), -1);
}

/** Sets knobs of a model with two that start at 0.25 and 2. */
static bool set_knobs(const char *item, float values[XLSTM_MAX_KNOBS])
{
    char path[] = "test-options-XXXXXX";
    const struct gain_model gain = {
        .gain = 1, .sample_rate = 48000, .knobs = 2, .initial = {0.25F, 2}};
    struct option_list list = {.count = item != NULL, .items = {item}};
    CU_ASSERT_TRUE_FATAL(close(mkstemp(path)) == 0 && write_gain_model(path, &gain));
    xlstm_model *model = model_read_audio(path);
    CU_ASSERT_PTR_NOT_NULL_FATAL(model);
    const bool good = model_knob_values(model, &list, values);
    xlstm_model_free(model);
    unlink(path);
    return good;
}

static void test_knobs_are_set_by_name(void)
{
    float values[XLSTM_MAX_KNOBS];
    CU_ASSERT(set_knobs(NULL, values) && values[0] == 0.25F && values[1] == 2);
    CU_ASSERT(set_knobs("knob 1=-0.5", values) && values[0] == 0.25F && values[1] == -0.5F);
    CU_ASSERT_FALSE(set_knobs("knob=1", values));
    CU_ASSERT_FALSE(set_knobs("knob 1", values));
    CU_ASSERT_FALSE(set_knobs("knob 1=", values));
    CU_ASSERT_FALSE(set_knobs("knob 1=loud", values));
    CU_ASSERT_FALSE(set_knobs("knob 1=4", values)); /* beyond GAIN_MODEL_MAXIMUM */
    CU_ASSERT_FALSE(set_knobs("knob 1=nan", values));
}

static const struct test tests[] = {
    {"every kind is read", test_every_kind_is_read},
    {"durations have units", test_durations_have_units},
    {"nonsense is refused", test_nonsense_is_refused},
    {"knobs are set by name", test_knobs_are_set_by_name},
};

int main(void)
{
    return run_suite("options", tests, sizeof tests / sizeof *tests);
}
