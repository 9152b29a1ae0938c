/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE
#include "guard.h"

#include "suite.h"

#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
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

bool guard_open(void)
{
    report = mmap(NULL, sizeof *report, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return report != MAP_FAILED;
}

void accuse(const char *crime)
{
    if (report->crime[0] == '\0')
        for (size_t i = 0; i + 1 < sizeof report->crime && crime[i]; i++)
            report->crime[i] = crime[i];
}

void guard_check(const char *function)
{
    if (watched) {
        accuse(function);
        _exit(1);
    }
}

static void on_system_call(int signal_number, siginfo_t *info, void *context)
{
    (void)signal_number;
    (void)context;
    char crime[] = "system call 000";
    for (int digit = 0, number = info->si_syscall; digit < 3; digit++, number /= 10)
        crime[sizeof crime - 2 - (size_t)digit] = (char)('0' + number % 10);
    accuse(crime);
    _exit(1);
}

/** From here on this thread can do no more than end the process. */
static bool forbid_the_system(void)
{
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    const struct sigaction action = {.sa_sigaction = on_system_call, .sa_flags = SA_SIGINFO};
    return sigaction(SIGSYS, &action, NULL) == 0 && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

void begin_audio(void)
{
    if (!forbid_the_system())
        accuse("no seccomp filter");
    watched = true;
}

const char *try(void (*suspect)(void))
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

void expect_innocence(void (*suspect)(void))
{
    const char *crime = try(suspect);
    if (crime[0])
        printf("\n    caught: %s", crime);
    CU_ASSERT_STRING_EQUAL(crime, "");
}
