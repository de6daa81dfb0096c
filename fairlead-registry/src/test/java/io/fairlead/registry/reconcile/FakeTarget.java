package io.fairlead.registry.reconcile;

import io.fairlead.registry.plan.Item;
import io.fairlead.registry.plan.Plan;
import io.fairlead.registry.target.Actual;
import io.fairlead.registry.target.Applied;
import io.fairlead.registry.target.Reloaded;
import io.fairlead.registry.target.Target;
import io.fairlead.registry.target.TargetException;
import io.fairlead.registry.target.Verified;
import java.util.ArrayList;
import java.util.List;

/**
 * A list in a file and a process that only knows what it was told. Survives its reconciler, as a
 * file and a foreign process survive a manager; can crash the manager at any step.
 */
final class FakeTarget implements Target {
  /** The manager dies here; nothing after it runs. */
  static final class Crash extends Error {
    private static final long serialVersionUID = 1;
  }

  /** Where the manager dies next. */
  enum At {
    NOWHERE,
    BEFORE_WRITE,
    AFTER_WRITE,
    BEFORE_RELOAD,
    AFTER_RELOAD,
    AFTER_VERIFY,
    BEFORE_STATE
  }

  List<Item> file = new ArrayList<>();
  List<Item> process = new ArrayList<>();
  At crash = At.NOWHERE;
  int writes;
  int signals;
  boolean processRefuses;
  boolean unreachable;
  java.util.function.Predicate<List<Item>> healthy = _ -> true;

  @Override
  public String name() {
    return "fake";
  }

  @Override
  public String kind() {
    return "fake";
  }

  @Override
  public Actual actual() {
    return Actual.of(file);
  }

  @Override
  public Applied apply(Plan plan) throws TargetException {
    die(At.BEFORE_WRITE);
    if (!Item.digest(file).equals(plan.beforeDigest())) {
      throw new TargetException(TargetException.Reason.CONFLICT, "somebody wrote");
    }
    file = plan.result();
    writes++;
    die(At.AFTER_WRITE);
    return Applied.DONE;
  }

  @Override
  public Reloaded reload(Plan plan) {
    die(At.BEFORE_RELOAD);
    if (unreachable) return new Reloaded.Failed("nobody there");
    signals++;
    if (processRefuses) return new Reloaded.Refused("bad list");
    process = file;
    die(At.AFTER_RELOAD);
    return Reloaded.DONE;
  }

  @Override
  public Verified verify(Plan plan) {
    boolean good = healthy.test(process);
    die(At.AFTER_VERIFY);
    return good ? Verified.GOOD : new Verified.Bad("unhealthy");
  }

  @Override
  public void settled(List<Item> lastGood) {
    die(At.BEFORE_STATE);
  }

  private void die(At here) {
    if (crash != here) return;
    crash = At.NOWHERE;
    throw new Crash();
  }
}
