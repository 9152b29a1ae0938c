/* SPDX-License-Identifier: ISC */
/* The user interface as people meet it: under an X server, with a pointer and keys. */
#include "plugin_files.h"
#include "suite.h"
#include "ui_host.h"

#include <X11/keysym.h>
#include <malloc.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* The design as it is documented in layout.h, and places in it. */
enum { WIDTH = 920, HEIGHT = 560 };
enum { INPUT_X = 152, KNOB_Y = 384, VALUE_Y = 426 };
enum { PREVIOUS_X = 112, NEXT_X = 808, FILE_X = 460, FILE_Y = 96, CABINET_Y = 156 };
enum { STRIP_Y = 488, GATE_X = 154, DC_X = 607, TWICE_X = 742, FOUR_X = 791 };
enum { LIGHT_X = 700, FULL_X = 790 }; /* where there are several sizes */
enum { POWER_X = 40, POWER_Y = 32 };
enum { FOOT_LAMP_X = 32, FOOT_Y = 536 };
enum { BROWSER_ROW_X = 200, BROWSER_ROW_Y = 121, BROWSER_ROW = 26 };
enum { METER_IN_X = 56, METER_TOP = 98, METER_BOTTOM = 494 };

static const double SHORT = 0.12; ///< seconds in which everything is drawn

static struct fake_host plugin;
static struct ui_host host;

static bool start_with(const char *uri, double scale, bool embed)
{
    memset(&plugin, 0, sizeof plugin);
    memset(&host, 0, sizeof host);
    plugin.rate = 48000;
    host.plugin = &plugin;
    host.scale = scale;
    host.embed = embed;
    if (!host_open(&plugin, uri, plugin_file("")))
        return false;
    host_activate(&plugin);
    if (!ui_host_open(&host, UI_LIBRARY, plugin_file("")))
        return false;
    ui_host_run(&host, SHORT);
    return true;
}

static bool start(void)
{
    return start_with(XLSTM_MONO_URI, 1, true);
}

static void stop(void)
{
    ui_host_close(&host);
    host_close(&plugin);
}

static void click(int x, int y)
{
    ui_host_click(&host, x, y);
    ui_host_run(&host, SHORT);
}

static void drag(int x, int y, int up)
{
    ui_host_point(&host, x, y);
    ui_host_button(&host, 1, true);
    ui_host_run(&host, SHORT);
    ui_host_point(&host, x, y - up);
    ui_host_run(&host, SHORT);
    ui_host_button(&host, 1, false);
    ui_host_run(&host, SHORT);
}

static void type(const char *text)
{
    for (; *text; text++)
        ui_host_key(&host, (uint32_t)*text);
    ui_host_key(&host, XK_Return);
    ui_host_run(&host, SHORT);
}

/** The colour of a pixel of the window. */
static uint32_t pixel(int x, int y)
{
    unsigned width = 0, height = 0;
    uint32_t *pixels = ui_host_picture(&host, &width, &height);
    const uint32_t colour =
        pixels && x < (int)width && y < (int)height ? pixels[y * (int)width + x] : 0;
    free(pixels);
    return colour;
}

static unsigned colours(void)
{
    unsigned width = 0, height = 0, count = 0;
    uint32_t *pixels = ui_host_picture(&host, &width, &height);
    static unsigned char seen[1 << 24];
    memset(seen, 0, sizeof seen);
    for (unsigned i = 0; pixels && i < width * height; i++) {
        count += !seen[pixels[i]];
        seen[pixels[i]] = 1;
    }
    free(pixels);
    return count;
}

static bool model_is(const char *name)
{
    host_get(&plugin, MODEL_PROPERTY);
    float silence = 0;
    host_run_mono(&plugin, &silence, &silence, 1);
    const char *path = host_was_set(&plugin, MODEL_PROPERTY);
    return path && strcmp(path, plugin_file(name)) == 0;
}

static void opens_in_the_right_size(void)
{
    const double scales[] = {1, 1.5, 2};
    for (int i = 0; i < 3; i++) {
        unsigned width = 0, height = 0;
        CU_ASSERT_TRUE_FATAL(start_with(XLSTM_MONO_URI, scales[i], true));
        free(ui_host_picture(&host, &width, &height));
        CU_ASSERT_EQUAL(width, WIDTH * scales[i]);
        CU_ASSERT_EQUAL(height, HEIGHT * scales[i]);
        CU_ASSERT_EQUAL(host.asked_width, WIDTH * scales[i]);
        CU_ASSERT_EQUAL(host.asked_height, HEIGHT * scales[i]);
        CU_ASSERT(colours() > 100);
        stop();
    }
}

/** Without a scale of the host, that of the desktop counts. */
static void minds_the_resolution_of_the_desktop(void)
{
    static const char resources[] = "Xcursor.size:\t24\nXft.dpi:\t144\n";
    CU_ASSERT_TRUE_FATAL(start());
    xcb_change_property(host.connection, XCB_PROP_MODE_REPLACE, host.screen->root,
                        XCB_ATOM_RESOURCE_MANAGER, XCB_ATOM_STRING, 8, sizeof resources - 1,
                        resources);
    xcb_flush(host.connection);
    ui_host_run(&host, SHORT);
    stop();
    CU_ASSERT_TRUE_FATAL(start_with(XLSTM_MONO_URI, 0, true));
    CU_ASSERT_EQUAL(host.asked_width, WIDTH * 3 / 2);
    xcb_delete_property(host.connection, host.screen->root, XCB_ATOM_RESOURCE_MANAGER);
    xcb_flush(host.connection);
    ui_host_run(&host, SHORT);
    stop();
}

static void knobs_turn(void)
{
    CU_ASSERT_TRUE_FATAL(start());
    drag(INPUT_X, KNOB_Y, 50); /* 50 of 200 units: a quarter of 72 dB */
    CU_ASSERT_DOUBLE_EQUAL(plugin.controls[PORT_INPUT_GAIN], 18, 0.5);
    CU_ASSERT_EQUAL(host.touches, 1);
    CU_ASSERT_FALSE(host.held);
    drag(INPUT_X, KNOB_Y, -300);
    CU_ASSERT_EQUAL(plugin.controls[PORT_INPUT_GAIN], -36);
    ui_host_click(&host, INPUT_X, KNOB_Y);
    click(INPUT_X, KNOB_Y);
    CU_ASSERT_EQUAL(plugin.controls[PORT_INPUT_GAIN], 0);
    stop();
}

static void wheel_turns(void)
{
    CU_ASSERT_TRUE_FATAL(start());
    ui_host_point(&host, INPUT_X, KNOB_Y);
    ui_host_button(&host, 4, true);
    ui_host_button(&host, 4, false);
    ui_host_run(&host, SHORT);
    CU_ASSERT_DOUBLE_EQUAL(plugin.controls[PORT_INPUT_GAIN], 72.0 / 50, 1e-3);
    CU_ASSERT_FALSE(host.held);
    stop();
}

static void values_are_typed(void)
{
    CU_ASSERT_TRUE_FATAL(start());
    click(INPUT_X, VALUE_Y);
    type("-7.5");
    CU_ASSERT_EQUAL(plugin.controls[PORT_INPUT_GAIN], -7.5f);
    ui_host_run(&host, 0.5); /* or it were a double click */
    click(INPUT_X, VALUE_Y);
    type("900");
    CU_ASSERT_EQUAL(plugin.controls[PORT_INPUT_GAIN], 36);
    ui_host_run(&host, 0.5);
    click(INPUT_X, VALUE_Y);
    type("-.-");
    CU_ASSERT_EQUAL(plugin.controls[PORT_INPUT_GAIN], 36);
    stop();
}

static void small_controls_work(void)
{
    CU_ASSERT_TRUE_FATAL(start());
    drag(GATE_X, STRIP_Y, 100); /* half of the way */
    CU_ASSERT_DOUBLE_EQUAL(plugin.controls[PORT_GATE], -60, 0.5);
    ui_host_run(&host, 0.5);
    click(GATE_X, STRIP_Y);
    type("-45");
    CU_ASSERT_EQUAL(plugin.controls[PORT_GATE], -45);
    click(DC_X, STRIP_Y);
    CU_ASSERT_EQUAL(plugin.controls[PORT_DC_BLOCKER], 1);
    click(DC_X, STRIP_Y);
    CU_ASSERT_EQUAL(plugin.controls[PORT_DC_BLOCKER], 0);
    click(TWICE_X, STRIP_Y);
    CU_ASSERT_EQUAL(plugin.controls[PORT_OVERSAMPLING], 2);
    click(FOUR_X, STRIP_Y);
    CU_ASSERT_EQUAL(plugin.controls[PORT_OVERSAMPLING], 4);
    CU_ASSERT_FALSE(host.held);
    stop();
}

static void bypass_is_a_click(void)
{
    CU_ASSERT_TRUE_FATAL(start());
    click(POWER_X, POWER_Y);
    CU_ASSERT_EQUAL(plugin.controls[PORT_ENABLED], 0);
    click(POWER_X, POWER_Y);
    CU_ASSERT_EQUAL(plugin.controls[PORT_ENABLED], 1);
    stop();
}

/** Sizes are offered where there are some, and the one that is chosen plays. */
static void sizes_are_chosen(void)
{
    CU_ASSERT_TRUE_FATAL(start());
    CU_ASSERT_TRUE_FATAL(plugin_packed_add());
    host_set_path(&plugin, NULL, MODEL_PROPERTY, plugin_file(PACKED_FILE));
    ui_host_run(&host, 2 * SHORT);
    host_work(&plugin);
    ui_host_run(&host, 2 * SHORT);
    click(LIGHT_X, STRIP_Y);
    CU_ASSERT_EQUAL(plugin.controls[PORT_QUALITY], QUALITY_SMALL);
    ui_host_run(&host, 2 * SHORT);
    CU_ASSERT(gain_error(&plugin, OTHER_GAIN, 64) < 1e-6f);
    click(FULL_X, STRIP_Y);
    CU_ASSERT_EQUAL(plugin.controls[PORT_QUALITY], QUALITY_LARGE);
    ui_host_run(&host, 2 * SHORT);
    CU_ASSERT(gain_error(&plugin, DEFAULT_GAIN, 64) < 1e-6f);
    stop();
    remove(plugin_file(PACKED_FILE));
}

/** What the host changes is shown. */
static void automation_is_shown(void)
{
    CU_ASSERT_TRUE_FATAL(start());
    unsigned width = 0, height = 0;
    uint32_t *before = ui_host_picture(&host, &width, &height);
    plugin.controls[PORT_INPUT_GAIN] = 24;
    ui_host_run(&host, SHORT);
    uint32_t *after = ui_host_picture(&host, &width, &height);
    CU_ASSERT_NOT_EQUAL(memcmp(before, after, (size_t)width * height * sizeof *after), 0);
    free(before);
    free(after);
    CU_ASSERT_EQUAL(host.writes, 0); /* and not sent back */
    stop();
}

/** Files in order: broken, knobs, other, overdrive. */
static void arrows_step_through_the_folder(void)
{
    CU_ASSERT_TRUE_FATAL(start());
    CU_ASSERT_TRUE(model_is(DEFAULT_FILE));
    click(PREVIOUS_X, FILE_Y);
    CU_ASSERT_TRUE(model_is(OTHER_FILE));
    click(PREVIOUS_X, FILE_Y);
    CU_ASSERT_TRUE(model_is(KNOBS_FILE));
    click(NEXT_X, FILE_Y);
    CU_ASSERT_TRUE(model_is(OTHER_FILE));
    stop();
}

static bool is_red(uint32_t colour)
{
    return (colour >> 16) > 200 && (colour & 255) < 120;
}

/** A broken file is told, leaves the sound as it is, and is no trap. */
static void failures_are_shown(void)
{
    CU_ASSERT_TRUE_FATAL(start());
    CU_ASSERT_FALSE(is_red(pixel(FOOT_LAMP_X, FOOT_Y)));
    click(NEXT_X, FILE_Y);
    ui_host_run(&host, SHORT);
    CU_ASSERT_TRUE(is_red(pixel(FOOT_LAMP_X, FOOT_Y)));
    CU_ASSERT_TRUE(model_is(DEFAULT_FILE));
    click(NEXT_X, FILE_Y);
    CU_ASSERT_TRUE(model_is(KNOBS_FILE));
    CU_ASSERT_FALSE(is_red(pixel(FOOT_LAMP_X, FOOT_Y)));
    stop();
}

static void browser_opens_files(void)
{
    CU_ASSERT_TRUE_FATAL(start());
    click(FILE_X, FILE_Y);
    click(BROWSER_ROW_X, BROWSER_ROW_Y + 2 * BROWSER_ROW);
    CU_ASSERT_TRUE(model_is(OTHER_FILE));
    ui_host_key(&host, XK_Up); /* the browser stays, and keys work */
    ui_host_run(&host, SHORT);
    CU_ASSERT_TRUE(model_is(KNOBS_FILE));
    ui_host_key(&host, XK_Escape);
    ui_host_run(&host, SHORT);
    drag(INPUT_X, KNOB_Y, 10); /* and is gone */
    CU_ASSERT(plugin.controls[PORT_INPUT_GAIN] > 0);
    stop();
}

/** The row of the cabinet asks for a response, and shows only sound files. */
static void cabinets_are_chosen(void)
{
    char home[HOST_TEXT_BYTES];
    snprintf(home, sizeof home, "%s", plugin_file(""));
    const char *old_home = getenv("HOME");
    setenv("HOME", home, 1);
    CU_ASSERT_TRUE_FATAL(start());
    click(FILE_X, CABINET_Y);
    click(BROWSER_ROW_X, BROWSER_ROW_Y);
    CU_ASSERT_EQUAL(host.set, host_map(&plugin, XLSTM_URI "#response"));
    CU_ASSERT_PTR_NOT_NULL(strstr(host.path, "/" CAB_FILE));
    stop();
    if (old_home)
        setenv("HOME", old_home, 1);
}

/** Height of the meter of a level, in pixels: -60 dB at the bottom, -18 in the middle, 6 on top. */
static int meter_y(double level)
{
    const double half = (METER_BOTTOM - METER_TOP) / 2.0;
    return (int)(level < -18 ? METER_BOTTOM - half * (level + 60) / 42
                             : METER_BOTTOM - half - half * (level + 18) / 24);
}

static void meters_move(void)
{
    CU_ASSERT_TRUE_FATAL(start());
    const uint32_t dark = pixel(METER_IN_X, meter_y(-40));
    host.amplitude = 0.5f; /* the plucked string has a peak of that, or a little less */
    ui_host_run(&host, 0.5);
    CU_ASSERT_NOT_EQUAL(pixel(METER_IN_X, meter_y(-40)), dark);
    CU_ASSERT_EQUAL(pixel(METER_IN_X, meter_y(-3)), dark);
    host.amplitude = 4;
    ui_host_run(&host, 1.0);
    CU_ASSERT_TRUE(is_red(pixel(METER_IN_X, METER_TOP - 10))); /* the clip lamp */
    click(METER_IN_X, METER_TOP + 100);
    host.amplitude = 0;
    ui_host_run(&host, 0.5);
    click(METER_IN_X, METER_TOP + 100);
    CU_ASSERT_FALSE(is_red(pixel(METER_IN_X, METER_TOP - 10)));
    stop();
}

/** A window of another shape shows everything, in the middle. */
static void resizes(void)
{
    CU_ASSERT_TRUE_FATAL(start());
    const uint32_t size[] = {WIDTH * 2, HEIGHT};
    xcb_configure_window(host.connection, host.window,
                         XCB_CONFIG_WINDOW_WIDTH | XCB_CONFIG_WINDOW_HEIGHT, size);
    xcb_flush(host.connection);
    ui_host_run(&host, SHORT);
    drag(WIDTH / 2 + INPUT_X, KNOB_Y, 50);
    CU_ASSERT_DOUBLE_EQUAL(plugin.controls[PORT_INPUT_GAIN], 18, 0.5);
    stop();
}

/** In silence nothing is drawn, so that the processor rests. */
static void rests_in_silence(void)
{
    CU_ASSERT_TRUE_FATAL(start());
    ui_host_run(&host, 3);
    const LV2UI_Idle_Interface *idle = host.descriptor->extension_data(LV2_UI__idleInterface);
    const clock_t begun = clock();
    const struct timespec pause = {0, 10000000};
    for (int i = 0; i < 50; i++) {
        idle->idle(host.ui);
        nanosleep(&pause, NULL);
    }
    CU_ASSERT((double)(clock() - begun) / CLOCKS_PER_SEC < 0.02 * 0.5);
    stop();
}

/** It tells the plugin when it is gone. */
static void closing_ends_the_messages(void)
{
    CU_ASSERT_TRUE_FATAL(start());
    ui_host_close(&host);
    float sound[UI_BLOCK] = {0};
    host_run_mono(&plugin, sound, sound, UI_BLOCK);
    unsigned events = 0;
    for (int i = 0; i < 400; i++) {
        host_run_mono(&plugin, sound, sound, UI_BLOCK);
        events += host_events(&plugin);
    }
    CU_ASSERT_EQUAL(events, 0);
    host_close(&plugin);
}

/** Nothing is kept but what fontconfig and cairo keep of the first times. */
static void opens_again_and_again(void)
{
    enum { FIRST = 6, TIMES = 24, SPARE = 1 << 16 };
    size_t first = 0;
    for (int i = 0; i < TIMES; i++) {
        CU_ASSERT_TRUE_FATAL(start_with(i % 2 ? XLSTM_STEREO_URI : XLSTM_MONO_URI, 1, i % 3 > 0));
        stop();
        if (i == FIRST)
            first = mallinfo2().uordblks;
    }
    CU_ASSERT(mallinfo2().uordblks < first + SPARE);
}

/** The host's window goes first, as careless hosts do. */
static void survives_the_end_of_its_parent(void)
{
    CU_ASSERT_TRUE_FATAL(start());
    xcb_destroy_window(host.connection, host.parent);
    xcb_flush(host.connection);
    ui_host_run(&host, SHORT);
    CU_ASSERT_PTR_NOT_NULL(host.ui);
    stop();
}

static const struct test tests[] = {
    {"opens in the right size", opens_in_the_right_size},
    {"minds the resolution of the desktop", minds_the_resolution_of_the_desktop},
    {"knobs turn, and return by a double click", knobs_turn},
    {"the wheel turns", wheel_turns},
    {"values are typed", values_are_typed},
    {"small controls work", small_controls_work},
    {"bypass is a click", bypass_is_a_click},
    {"sizes are chosen", sizes_are_chosen},
    {"automation is shown", automation_is_shown},
    {"arrows step through the folder", arrows_step_through_the_folder},
    {"failures are shown", failures_are_shown},
    {"the browser opens files", browser_opens_files},
    {"cabinets are chosen", cabinets_are_chosen},
    {"meters move", meters_move},
    {"resizes", resizes},
    {"rests in silence", rests_in_silence},
    {"closing ends the messages", closing_ends_the_messages},
    {"opens again and again", opens_again_and_again},
    {"survives the end of its parent", survives_the_end_of_its_parent},
};

int main(void)
{
    if (!plugin_files_make())
        return 1;
    const int status = run_suite("user interface", tests, sizeof tests / sizeof *tests);
    plugin_files_remove();
    return status;
}
