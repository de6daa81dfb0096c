package io.fairlead.registry.action;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Linux process descriptors: pidfd_open(2) and pidfd_send_signal(2). Stateless; any thread. */
final class PidDescriptors {
  private static final Logger log = LoggerFactory.getLogger(PidDescriptors.class);

  // The numbers are the same on every architecture.
  private static final long PIDFD_SEND_SIGNAL = 424;
  private static final long PIDFD_OPEN = 434;
  private static final long HUP = 1;
  private static final int ESRCH = 3;
  private static final int EPERM = 1;

  private final MethodHandle syscall;
  private final MethodHandle close;

  private PidDescriptors(MethodHandle syscall, MethodHandle close) {
    this.syscall = syscall;
    this.close = close;
  }

  /** Empty where the kernel or the JVM does not offer them. */
  @SuppressWarnings("restricted") // the launcher allows native access
  static Optional<PidDescriptors> find() {
    if (!String.valueOf(System.getProperty("os.name")).startsWith("Linux")) {
      return Optional.empty();
    }
    try {
      Linker linker = Linker.nativeLinker();
      SymbolLookup libc = linker.defaultLookup();
      MethodHandle syscall =
          linker.downcallHandle(
              libc.findOrThrow("syscall"),
              FunctionDescriptor.of(
                  JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG),
              Linker.Option.captureCallState("errno"),
              Linker.Option.firstVariadicArg(1));
      MethodHandle close =
          linker.downcallHandle(
              libc.findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));
      PidDescriptors found = new PidDescriptors(syscall, close);
      return found.works() ? Optional.of(found) : Optional.empty();
    } catch (RuntimeException | LinkageError notHere) {
      log.atDebug().setCause(notHere).log("process descriptors not available");
      return Optional.empty();
    }
  }

  private boolean works() {
    Call opened = call(PIDFD_OPEN, ProcessHandle.current().pid(), 0, 0, 0);
    if (opened.result() < 0) return false;
    close((int) opened.result());
    return true;
  }

  /**
   * @param judge looks at the process while the descriptor holds it; empty lets the signal go
   */
  ActionResult hangUp(long pid, Supplier<Optional<ActionResult>> judge) {
    Call opened = call(PIDFD_OPEN, pid, 0, 0, 0);
    if (opened.result() < 0) return failed("pidfd_open", pid, opened.errno());
    int descriptor = (int) opened.result();
    try {
      Optional<ActionResult> objection = judge.get();
      if (objection.isPresent()) return objection.get();
      Call sent = call(PIDFD_SEND_SIGNAL, descriptor, HUP, 0, 0);
      return sent.result() == 0
          ? new ActionResult.Done("")
          : failed("pidfd_send_signal", pid, sent.errno());
    } finally {
      close(descriptor);
    }
  }

  private static ActionResult failed(String what, long pid, int errno) {
    return switch (errno) {
      case ESRCH -> ProcessTable.gone(pid);
      case EPERM -> new ActionResult.Failed("process " + pid + " belongs to another user");
      default -> new ActionResult.Failed(what + " of " + pid + ": error " + errno);
    };
  }

  private record Call(long result, int errno) {}

  private Call call(long number, long a, long b, long c, long d) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment state = arena.allocate(Linker.Option.captureStateLayout());
      long result = (long) syscall.invokeExact(state, number, a, b, c, d);
      return new Call(result, state.get(JAVA_INT, 0));
    } catch (Throwable impossible) {
      throw new IllegalStateException("a call into the C library threw", impossible);
    }
  }

  private void close(int descriptor) {
    try {
      int ignored = (int) close.invokeExact(descriptor);
    } catch (Throwable impossible) {
      throw new IllegalStateException("a call into the C library threw", impossible);
    }
  }
}
