/* SPDX-License-Identifier: ISC */
/* The real-time law, enforced: what the audio thread calls may not allocate, free, lock, wait,
 * print or call the system.
 *
 * Each suspect runs in a child process. Allocation, locks and stdio are caught by functions of this
 * program that stand before the C library's; any call of the system, whoever makes it, is caught by
 * a seccomp filter on the audio thread, while the worker's thread goes on unhindered. The guard is
 * tried on guilty suspects as well, and fails if it lets one pass. */
#define _GNU_SOURCE

#include "plugin_files.h"
#include "suite.h"
#include "xlstm.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <lv2/atom/atom.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>

/** What a child leaves for its parent: the first thing that it did wrong, or "". */
struct report {
    char crime[64];
    bool finished;
};

static struct report *report;
static _Thread_local bool watched; ///< whether this thread is in the audio callback

static void accuse(const char *crime)
{
    if (report->crime[0] == '\0')
        for (size_t i = 0; i + 1 < sizeof report->crime && crime[i]; i++)
            report->crime[i] = crime[i];
}

static void check(const char *function)
{
    if (watched)
        accuse(function);
}

/* Functions that stand before the C library's */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *memory, size_t size);
void __libc_free(void *memory);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
    check("malloc");
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    check("calloc");
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size)
{
    check("realloc");
    return __libc_realloc(memory, size);
}

void free(void *memory)
{
    check("free");
    __libc_free(memory);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    check("aligned_alloc");
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
    check("posix_memalign");
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}

/** Defines a function that checks and then calls the library's. */
#define STAND_BEFORE(result, name, parameters, arguments)                                          \
    result name parameters                                                                         \
    {                                                                                              \
        static result(*real) parameters;                                                           \
        check(#name);                                                                              \
        if (!real)                                                                                 \
            *(void **)&real = dlsym(RTLD_NEXT, #name);                                             \
        return real arguments;                                                                     \
    }

STAND_BEFORE(int, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex))
STAND_BEFORE(int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))
STAND_BEFORE(int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
STAND_BEFORE(int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
STAND_BEFORE(int, pthread_spin_lock, (pthread_spinlock_t * lock), (lock))
STAND_BEFORE(int, pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t *mutex),
             (condition, mutex))
STAND_BEFORE(int, puts, (const char *text), (text))
STAND_BEFORE(int, fputs, (const char *text, FILE *file), (text, file))
STAND_BEFORE(size_t, fwrite, (const void *data, size_t size, size_t count, FILE *file),
             (data, size, count, file))
STAND_BEFORE(int, vfprintf, (FILE * file, const char *format, va_list args), (file, format, args))
STAND_BEFORE(FILE *, fopen, (const char *path, const char *mode), (path, mode))

/* The system */

static void on_system_call(int signal_number, siginfo_t *info, void *context)
{
    (void)signal_number;
    (void)context;
    char crime[] = "system call 000";
    for (int digit = 0, number = info->si_syscall; digit < 3; digit++, number /= 10)
        crime[sizeof crime - 2 - (size_t)digit] = (char)('0' + number % 10);
    accuse(crime);
}

/** From here on this thread can do no more than return from a signal and end the process. */
static bool forbid_the_system(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_rt_sigreturn, 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    const struct sigaction action = {.sa_sigaction = on_system_call, .sa_flags = SA_SIGINFO};
    return sigaction(SIGSYS, &action, NULL) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

/** Runs a suspect in a child. Returns what it did wrong, "" if nothing. */
static const char *try(void (*suspect)(void))
{
    *report = (struct report){.crime = ""};
    fflush(NULL);
    const pid_t child = fork();
    if (child == 0) {
        suspect();
        report->finished = true;
        _exit(0);
    }
    int status = 0;
    if (child < 0 || waitpid(child, &status, 0) != child)
        return "no child";
    return report->crime[0] || report->finished ? report->crime : "the child died";
}

/** Tries a suspect that should be innocent, and says what it did if it is not. */
static void expect_innocence(void (*suspect)(void))
{
    const char *crime = try(suspect);
    if (crime[0])
        printf("\n    caught: %s", crime);
    CU_ASSERT_STRING_EQUAL(crime, "");
}

/** Ends preparations: the callback begins. */
static void begin_audio(void)
{
    if (!forbid_the_system())
        accuse("no seccomp filter");
    watched = true;
}

/* Guilty suspects */

static void *volatile escape;

static void guilty_of_malloc(void)
{
    begin_audio();
    escape = malloc(16);
}

static void guilty_of_free(void)
{
    escape = malloc(16);
    begin_audio();
    free(escape);
}

static void guilty_of_lock(void)
{
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    pthread_mutex_trylock(&mutex);
    pthread_mutex_unlock(&mutex);
    begin_audio();
    pthread_mutex_lock(&mutex);
}

static void guilty_of_printing(void)
{
    const char *volatile text = "this is never printed";
    begin_audio();
    fputs(text, stdout);
}

static void guilty_of_opening(void)
{
    begin_audio();
    open("/dev/null", O_RDONLY);
}

static void guilty_of_sleeping(void)
{
    begin_audio();
    nanosleep(&(struct timespec){0, 1}, NULL);
}

static void guilty_of_a_bare_system_call(void)
{
    begin_audio();
    syscall(SYS_getpid);
}

static void innocent(void)
{
    begin_audio();
}

static void the_guard_sees(void)
{
    expect_innocence(innocent);
    CU_ASSERT_STRING_EQUAL(try(guilty_of_malloc), "malloc");
    CU_ASSERT_STRING_EQUAL(try(guilty_of_free), "free");
    CU_ASSERT_STRING_EQUAL(try(guilty_of_lock), "pthread_mutex_lock");
    CU_ASSERT_STRING_EQUAL(try(guilty_of_printing), "fputs");
    CU_ASSERT_PTR_NOT_NULL(strstr(try(guilty_of_opening), "system call"));
    CU_ASSERT_PTR_NOT_NULL(strstr(try(guilty_of_sleeping), "system call"));
    CU_ASSERT_PTR_NOT_NULL(strstr(try(guilty_of_a_bare_system_call), "system call"));
}

/* The core */

enum { BLOCK = 512, CALLS = 200 };

static const char *const MODELS[] = {
    "golden/audio_slstm.safetensors",     "golden/audio_mixed.safetensors",
    "golden/lstm16.safetensors",          "captures/keras-gru-9.json",
    "captures/aidax-lstm-16-2knobs.json", "captures/nam-2x7.nam",
    "../presets/overdrive.safetensors",   "../presets/compressor.safetensors",
};
static size_t model_number;

static xlstm_model *load_model(const char *name)
{
    char path[HOST_TEXT_BYTES];
    static char bytes[1 << 20];
    snprintf(path, sizeof path, "%s/%s", TEST_DATA, name);
    FILE *file = fopen(path, "rb");
    const size_t size = file ? fread(bytes, 1, sizeof bytes, file) : 0;
    struct xlstm_error error;
    return xlstm_model_parse(bytes, size, XLSTM_ISA_AUTO, &error);
}

static void core_processes(void)
{
    static float in[BLOCK], out[BLOCK];
    xlstm_model *model = load_model(MODELS[model_number]);
    xlstm_stream *stream = model ? xlstm_stream_new(model, 2, 64) : NULL;
    void *saved = stream ? malloc(xlstm_stream_save_size(stream)) : NULL;
    if (!saved) {
        accuse("no stream");
        return;
    }
    begin_audio();
    for (size_t call = 0; call < CALLS; call++) {
        make_noise(in, BLOCK);
        static const float EXTREMES[] = {0, 1e30F, -1e30F, 1e-42F, 500, NAN, INFINITY, -INFINITY};
        in[call / 2 % BLOCK] = EXTREMES[call % 8];
        xlstm_stream_process(stream, (const float *const[]){in, in}, (float *const[]){out, out},
                             call % BLOCK);
        xlstm_stream_set_knob(stream, 0, (float)call);
        if (call % 10 == 3)
            xlstm_stream_save(stream, saved);
        if (call % 10 == 7)
            xlstm_stream_restore(stream, saved);
        if (call % 50 == 0)
            xlstm_stream_reset(stream);
        xlstm_model_info(model);
    }
}

static void the_core_is_real_time(void)
{
    for (model_number = 0; model_number < sizeof MODELS / sizeof *MODELS; model_number++)
        expect_innocence(core_processes);
}

/* The plugin */

/** How the plugin runs as a suspect. */
static struct {
    const char *uri;
    double rate;
} setting;

static struct fake_host host;
static atomic_bool work_waits;

/** The worker of a host: takes turns with the audio thread. */
static void *worker_thread(void *data)
{
    (void)data;
    for (;;) {
        if (!atomic_load(&work_waits))
            continue;
        host_work(&host);
        atomic_store(&work_waits, false);
    }
    return NULL;
}

/** Turns every control and sends every message in the course of time. */
static void disturb(size_t call)
{
    static char paths[4][HOST_TEXT_BYTES];
    static const char *const names[] = {OTHER_FILE, BROKEN_FILE, KNOBS_FILE, NO_FILE};
    if (call == 0)
        for (size_t i = 0; i < 4; i++)
            memcpy(paths[i], plugin_file(names[i]), sizeof paths[i]);
    host.controls[PORT_ENABLED] = call % 40 < 30 ? 1 : 0;
    for (enum port port = PORT_INPUT_GAIN; port <= PORT_KNOB_4; port++)
        host.controls[port] = (float)((call / 7 + port) % 5) / 4;
    host.controls[PORT_QUALITY] = (float)(call / 31 % 3);
    host.controls[PORT_OVERSAMPLING] = (float)(1u << call / 23 % 3);
    if (call % 9 == 1)
        host_set_path(&host, NULL, MODEL_PROPERTY, paths[call / 9 % 4]);
    if (call % 11 == 1)
        host_get(&host, NULL);
    if (call % 17 == 1)
        host_watch(&host, (int32_t)(call / 17 % 2));
}

static void plugin_runs(void)
{
    static float in[2][BLOCK], out[2][BLOCK];
    pthread_t thread;
    host.rate = setting.rate;
    if (!host_open(&host, setting.uri, plugin_file("")) ||
        pthread_create(&thread, NULL, worker_thread, NULL) != 0) {
        accuse("no instance");
        return;
    }
    host_activate(&host);
    disturb(0);
    unsigned jobs = 0;
    begin_audio();
    for (size_t call = 1; call < 4 * CALLS; call++) {
        disturb(call);
        make_noise(in[0], BLOCK);
        make_noise(in[1], BLOCK);
        host_run(&host, (const float *const[]){in[0], in[1]}, (float *const[]){out[0], out[1]},
                 call * 37 % BLOCK);
        jobs += host.job_count;
        atomic_store(&work_waits, host.job_count > 0);
        while (atomic_load(&work_waits))
            ;
    }
    if (jobs < 100)
        accuse("the worker had nothing to do");
}

static void the_plugin_is_real_time(void)
{
    const char *const uris[] = {XLSTM_MONO_URI, XLSTM_STEREO_URI};
    const double rates[] = {48000, 44100, 96000};
    for (size_t i = 0; i < 6; i++) {
        setting.uri = uris[i % 2];
        setting.rate = rates[i / 2];
        expect_innocence(plugin_runs);
    }
}

static const struct test tests[] = {
    {"the guard sees every crime", the_guard_sees},
    {"the core is real-time", the_core_is_real_time},
    {"the plugin is real-time, loading and fading", the_plugin_is_real_time},
};

int main(void)
{
    report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (report == MAP_FAILED || !plugin_files_make())
        return 1;
    const int status = run_suite("real-time guard", tests, sizeof tests / sizeof *tests);
    plugin_files_remove();
    return status;
}
