/* A program as a child process: started without a shell and without fork (posix_spawn: the address
 * space of an MPI process with pinned memory is never copied), in a process group of its own, with
 * both of its streams read to the end so that it never waits for us. */
#define _GNU_SOURCE /* posix_spawn_file_actions_addchdir_np, of glibc 2.29 and musl */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command_impl.h"

/* Bytes kept of the two streams; ms between two looks at clock and interrupt; seconds between
 * asking a program to end and ending it. */
enum { OUT_BYTES = 1 << 16, ERR_BYTES = 1 << 12, LOOK_MS = 20 };
#define GRACE 1.0

enum muster_status command_child_create(struct command_child *child)
{
    enum muster_status status = MUSTER_OK;
    child->out.capacity = OUT_BYTES;
    child->err.capacity = ERR_BYTES;
    MUSTER_NEW(child->out.data, OUT_BYTES + 1);
    MUSTER_NEW(child->err.data, ERR_BYTES + 1);
done:
    return status;
}

void command_child_clear(struct command_child *child)
{
    muster_free(child->out.data);
    muster_free(child->err.data);
}

/* ---- streams --------------------------------------------------------------------------------- */

struct stream {
    int fd; /* -1: at its end */
    struct command_tail *tail;
};

static void keep(struct command_tail *tail, const char *bytes, size_t n)
{
    size_t over = tail->n + n > tail->capacity ? tail->n + n - tail->capacity : 0;
    size_t drop = over < tail->n ? over : tail->n;
    memmove(tail->data, tail->data + drop, tail->n - drop);
    tail->n -= drop;
    bytes += over - drop;
    n -= over - drop;
    memcpy(tail->data + tail->n, bytes, n);
    tail->n += n;
    tail->data[tail->n] = '\0';
    tail->cut = tail->cut || over > 0;
}

/* Takes what is there. A NUL would end the text early. */
static void drain(struct stream *stream)
{
    char bytes[4096];
    ssize_t n = -1;

    while (stream->fd >= 0 && (n = read(stream->fd, bytes, sizeof bytes)) > 0) {
        for (ssize_t i = 0; i < n; i++)
            bytes[i] = bytes[i] == '\0' ? ' ' : bytes[i];
        keep(stream->tail, bytes, (size_t)n);
    }
    if (stream->fd >= 0 && (n == 0 || (errno != EAGAIN && errno != EINTR))) {
        close(stream->fd);
        stream->fd = -1;
    }
}

/* ---- start ----------------------------------------------------------------------------------- */

static void close_pair(int pair[2])
{
    for (int i = 0; i < 2; i++)
        if (pair[i] >= 0)
            close(pair[i]);
}

/* Reading never blocks, and neither end is inherited but as a standard stream. */
static int open_pair(int pair[2])
{
    if (pipe(pair) != 0) {
        pair[0] = pair[1] = -1;
        return errno;
    }
    fcntl(pair[0], F_SETFD, FD_CLOEXEC);
    fcntl(pair[1], F_SETFD, FD_CLOEXEC);
    return fcntl(pair[0], F_SETFL, O_NONBLOCK) == 0 ? 0 : errno;
}

/* MPI, HDF5 and the journal hold descriptors that are nobody else's business. */
static int close_others(posix_spawn_file_actions_t *actions)
{
    enum { MOST = 4096 };
    long most = sysconf(_SC_OPEN_MAX);
    int error = 0;

    for (int fd = 3; fd < MOST && fd < (most > 0 ? most : MOST) && error == 0; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            error = posix_spawn_file_actions_addclose(actions, fd);
    return error;
}

static int prepare_files(const struct command_child *child, posix_spawn_file_actions_t *actions,
                         int out, int err)
{
    int error = posix_spawn_file_actions_addopen(actions, 0, "/dev/null", O_RDONLY, 0);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(actions, out, 1);
    if (error == 0)
        error = posix_spawn_file_actions_adddup2(actions, err, 2);
    if (error == 0)
        error = posix_spawn_file_actions_addchdir_np(actions, child->folder);
    return error == 0 ? close_others(actions) : error;
}

/* No signal is blocked or ignored, and the group's number is the child's. */
static int prepare_attributes(posix_spawnattr_t *attributes)
{
    sigset_t none, all;
    int error;

    sigemptyset(&none);
    sigfillset(&all);
    error = posix_spawnattr_setsigmask(attributes, &none);
    if (error == 0)
        error = posix_spawnattr_setsigdefault(attributes, &all);
    if (error == 0)
        error = posix_spawnattr_setpgroup(attributes, 0);
    if (error == 0)
        error = posix_spawnattr_setflags(
            attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    return error;
}

static int spawn(const struct command_child *child, int out, int err, pid_t *pid)
{
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    int error = posix_spawn_file_actions_init(&actions);

    if (error != 0)
        return error;
    error = posix_spawnattr_init(&attributes);
    if (error == 0) {
        error = prepare_files(child, &actions, out, err);
        if (error == 0)
            error = prepare_attributes(&attributes);
        if (error == 0)
            error = posix_spawn(pid, child->program, &actions, &attributes, child->argv,
                                child->environment);
        posix_spawnattr_destroy(&attributes);
    }
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

static enum muster_status start(const struct command_child *child, struct stream *out,
                                struct stream *err, pid_t *pid)
{
    int outs[2] = {-1, -1}, errs[2] = {-1, -1};
    int error = open_pair(outs);

    if (error == 0)
        error = open_pair(errs);
    if (error == 0)
        error = spawn(child, outs[1], errs[1], pid);
    if (error != 0) {
        close_pair(outs);
        close_pair(errs);
        return muster_error(
            MUSTER_IO, "%s cannot be started: %s%s", child->program, strerror(error),
            error == ENOEXEC ? " (a script begins with #!/bin/sh or the like)" : "");
    }
    close(outs[1]);
    close(errs[1]);
    out->fd = outs[0];
    err->fd = errs[0];
    return MUSTER_OK;
}

/* ---- watch ----------------------------------------------------------------------------------- */

struct watch {
    struct command_child *child;
    const struct muster_interrupt *interrupt;
    pid_t pid;
    double deadline; /* muster_clock() */
    double kill_at;  /* after SIGTERM was sent */
};

/* Ended, but not reaped: its number, and its group's, are not given to others yet. */
static bool has_ended(pid_t pid)
{
    siginfo_t info = {0};
    return waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == pid;
}

/* Looks at interrupt and clock. */
static void mind(struct watch *watch)
{
    struct command_child *child = watch->child;
    const struct muster_interrupt *interrupt = watch->interrupt;
    double now = muster_clock();

    if (child->stopped || child->timed_out) {
        if (now >= watch->kill_at)
            kill(-watch->pid, SIGKILL);
        return;
    }
    child->stopped =
        interrupt != NULL && interrupt->asked != NULL && interrupt->asked(interrupt->context);
    child->timed_out = !child->stopped && now >= watch->deadline;
    if (child->stopped || child->timed_out) {
        watch->kill_at = now + GRACE;
        kill(-watch->pid, SIGTERM);
    }
}

static void follow(struct watch *watch, struct stream *out, struct stream *err)
{
    int pause = 1;
    while (!has_ended(watch->pid)) {
        struct pollfd files[2] = {{.fd = out->fd, .events = POLLIN},
                                  {.fd = err->fd, .events = POLLIN}};
        bool silent = out->fd < 0 && err->fd < 0;
        poll(files, 2, silent ? pause : LOOK_MS);
        pause = silent && pause < LOOK_MS ? 2 * pause : pause;
        drain(out);
        drain(err);
        mind(watch);
    }
}

/* Whatever the program has left running goes with it. */
static void reap(struct watch *watch)
{
    int state = 0;
    kill(-watch->pid, SIGKILL);
    while (waitpid(watch->pid, &state, 0) < 0 && errno == EINTR)
        continue;
    watch->child->code = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    watch->child->signal = WIFSIGNALED(state) ? WTERMSIG(state) : 0;
}

/* Whether it was ended by one of the signals that stop a run; a shell passes that on as a code. */
static bool was_signalled(const struct command_child *child)
{
    static const int stops[] = {SIGUSR1, SIGTERM, SIGINT, SIGHUP};
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++)
        if (child->signal == stops[i] || child->code == 128 + stops[i])
            return true;
    return false;
}

/* Schedulers and launchers may signal every process of a job, programs of ours too: such an end is
 * no result where the run is asked to stop at the same time. */
static void await_stop(struct watch *watch)
{
    const struct muster_interrupt *interrupt = watch->interrupt;
    double end = muster_clock() + GRACE;
    struct command_child *child = watch->child;

    if (child->stopped || child->timed_out || !was_signalled(child) || interrupt == NULL ||
        interrupt->asked == NULL)
        return;
    while (!child->stopped && muster_clock() < end) {
        child->stopped = interrupt->asked(interrupt->context);
        muster_nap(LOOK_MS * 1e-3);
    }
}

static void empty(struct command_tail *tail)
{
    tail->n = 0;
    tail->cut = false;
    tail->data[0] = '\0';
}

enum muster_status command_child_run(struct command_child *child,
                                     const struct muster_interrupt *interrupt)
{
    enum muster_status status = MUSTER_OK;
    struct stream out = {-1, &child->out}, err = {-1, &child->err};
    struct watch watch = {
        .child = child, .interrupt = interrupt, .deadline = muster_clock() + child->timeout};

    child->timed_out = child->stopped = false;
    empty(&child->out);
    empty(&child->err);
    MUSTER_TRY(start(child, &out, &err, &watch.pid));
    follow(&watch, &out, &err);
    drain(&out);
    drain(&err);
    reap(&watch);
    await_stop(&watch);
    if (child->stopped)
        status = muster_error(MUSTER_STOPPED, "the evaluation was stopped");
done:
    if (out.fd >= 0)
        close(out.fd);
    if (err.fd >= 0)
        close(err.fd);
    return status;
}
