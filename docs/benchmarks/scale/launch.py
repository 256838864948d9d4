"""Runs one command and prints its seconds, seconds of the processors, kilobytes at its peak, and exit status.

    python3 -I -S launch.py LIMIT LOG COMMAND...

A process of its own, and a small one: the kernel counts the size of whoever starts a program as that program's own. So
no peak below that of this interpreter is seen; it is printed last. After LIMIT seconds the command is killed, with
status `timeout`. What the command prints goes to the file LOG.
"""
import os
import signal
import sys
import time


def main():
    limit, log, *command = sys.argv[1:]
    output = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    late = []

    def stop(*_):
        late.append(True)
        os.killpg(child, signal.SIGKILL)

    signal.signal(signal.SIGALRM, stop)
    actions = [(os.POSIX_SPAWN_DUP2, output, 1), (os.POSIX_SPAWN_DUP2, output, 2)]
    start = time.monotonic()
    child = os.posix_spawnp(command[0], command, os.environ, file_actions=actions, setpgroup=0)
    signal.alarm(int(limit))
    _, status, usage = os.wait4(child, 0)
    seconds = time.monotonic() - start
    signal.alarm(0)
    with open("/proc/self/status") as file:
        own = next(line.split()[1] for line in file if line.startswith("VmHWM"))
    code = "timeout" if late else os.waitstatus_to_exitcode(status)
    print(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, code, own)


main()
