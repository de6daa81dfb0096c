package io.fairlead.app.reload;

import io.fairlead.control.api.Change;
import io.fairlead.core.config.ConfigDiff;
import java.util.List;

/** Differences in the words of the control API. */
public final class Described {
  private Described() {}

  /**
   * @param rebinds paths that are bound anew after what held their address was closed
   */
  public static List<Change> changes(List<ConfigDiff.Change> changes, List<String> rebinds) {
    return changes.stream().map(change -> described(change, rebinds)).toList();
  }

  /** What happens, in one word. */
  public static Change.Op op(ConfigDiff.Operation operation) {
    return switch (operation) {
      case ADD -> Change.Op.ADD;
      case UPDATE -> Change.Op.UPDATE;
      case REMOVE -> Change.Op.REMOVE;
    };
  }

  private static Change described(ConfigDiff.Change change, List<String> rebinds) {
    if (rebinds.stream().anyMatch(path -> within(change.path(), path))) {
      return new Change(
          change.path(),
          Change.Op.REBIND,
          "closed and bound anew, clients may be refused meanwhile");
    }
    return new Change(change.path(), op(change.operation()), effect(change));
  }

  private static String effect(ConfigDiff.Change change) {
    boolean listener = change.path().matches("/listeners/[^/]+");
    if (listener && change.operation() == ConfigDiff.Operation.ADD) return "accepts connections";
    if (listener && change.operation() == ConfigDiff.Operation.REMOVE) return "drains";
    return switch (change.reload()) {
      case LIVE -> "new requests";
      case NEXT_CONNECT, LISTENER -> "new connections";
      case RESTART -> "needs a restart, not applied";
    };
  }

  private static boolean within(String path, String other) {
    return path.equals(other) || path.startsWith(other + "/") || other.startsWith(path + "/");
  }
}
