package io.fairlead.registry;

import io.fairlead.core.access.Membership.Use;
import io.fairlead.core.config.Checks;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.config.Values;
import io.fairlead.registry.action.Actions;
import io.fairlead.registry.external.ExternalConfig;
import io.fairlead.registry.reconcile.SourceFollower;
import io.fairlead.registry.source.SourceSettings;
import io.fairlead.registry.source.Sources;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Section {@code registry}.
 *
 * @param stateFile empty for {@code registry.json} in the state directory
 * @param allowExec whether actions of targets may start programs
 * @param requireSync whether the gateway is unready while a source is silent for too long
 * @param subscribe local list of targets of kind {@code subscribe}
 */
public record RegistryConfig(
    SourceFollower.Pace pace,
    Optional<Path> stateFile,
    boolean allowExec,
    boolean requireSync,
    List<SourceSettings> sources,
    List<TargetConfig> targets,
    RailsDraft rails,
    List<String> subscribe) {
  private record Debounce(Duration quiet, Duration max) {}

  private static final RecordType<Debounce> DEBOUNCE =
      RecordType.define(
          "registry_debounce",
          "How hints that come together become one read. The first hint after a quiet time is"
              + " followed at once.",
          fields -> {
            Field<Duration> quiet =
                fields
                    .key("quiet", Types.duration(), "Hints closer together than this are one.")
                    .orElse(SourceFollower.Pace.DEFAULTS.quiet());
            Field<Duration> max =
                fields
                    .key("max", Types.duration(), "A stream of hints waits no longer.")
                    .orElse(SourceFollower.Pace.DEFAULTS.debounceMax());
            return values -> new Debounce(values.get(quiet), values.get(max));
          });

  public static final RecordType<RegistryConfig> TYPE =
      RecordType.define(
          "registry",
          "Keeps local targets in step with lists that are kept elsewhere.",
          ReloadClass.LIVE,
          fields -> {
            Field<Duration> interval =
                fields
                    .key(
                        "interval",
                        Types.duration().atLeast(Duration.ofMillis(100)),
                        "Each source is read this often even without a hint, ± 10 %.")
                    .orElse(SourceFollower.Pace.DEFAULTS.interval());
            Field<Debounce> debounce =
                fields
                    .key("debounce", DEBOUNCE, "How hints become reads.")
                    .orElse(DEBOUNCE.defaults());
            Field<Optional<Path>> stateFile =
                fields
                    .key(
                        "state_file",
                        Types.path(),
                        "Where the last good lists are kept; by default registry.json in"
                            + " runtime.state_dir. Journals stand beside it. A change takes all of it"
                            + " along; a file that is there already is replaced.")
                    .example("state/registry.json")
                    .optional();
            Field<Boolean> allowExec =
                fields
                    .key(
                        "allow_exec",
                        Types.bool(),
                        "Let actions of targets start programs. Off, because whoever writes this"
                            + " file could then run anything as the gateway.")
                    .orElse(false);
            Field<Boolean> requireSync =
                fields
                    .key(
                        "require_sync",
                        Types.bool(),
                        "Not ready while a source is silent beyond its `stale.keep_for`.")
                    .orElse(false);
            Field<List<SourceSettings>> sources =
                fields
                    .key("sources", Types.listOf(Sources.SETTINGS), "The lists.")
                    .orElse(List.of());
            Field<List<TargetConfig>> targets =
                fields
                    .key("targets", Types.listOf(TargetConfig.TYPE), "What follows them.")
                    .orElse(List.of());
            Field<RailsDraft> rails =
                fields
                    .key("rails", RailsDraft.TYPE, "Rails of all targets.")
                    .orElse(RailsDraft.TYPE.defaults());
            Field<List<String>> subscribe =
                fields
                    .key(
                        "subscribe",
                        Types.listOf(Types.string()),
                        "Local list of targets of kind `subscribe`.")
                    .example("[ \"10.0.0.11:8500\" ]")
                    .orElse(List.of());
            fields.check(
                (values, checks) -> {
                  Set<String> names = new HashSet<>();
                  for (SourceSettings source : values.get(sources)) {
                    unique(names, source.rules().name(), checks, sources, "sources");
                  }
                  names.clear();
                  Set<String> places = new HashSet<>();
                  for (TargetConfig target : values.get(targets)) {
                    permitted(target, values.get(allowExec), values, checks, targets);
                    unique(names, target.rules().name(), checks, targets, "targets");
                    String place = placeOf(target);
                    if (!places.add(place)) {
                      checks.error(
                          targets,
                          Codes.UNFIT,
                          "two targets change " + place,
                          "let one target follow several sources with `combine`");
                    }
                  }
                });
            return values ->
                new RegistryConfig(
                    new SourceFollower.Pace(
                        values.get(interval),
                        values.get(debounce).quiet(),
                        values.get(debounce).max()),
                    values.get(stateFile),
                    values.get(allowExec),
                    values.get(requireSync),
                    values.get(sources),
                    values.get(targets),
                    values.get(rails),
                    values.get(subscribe));
          });

  public RegistryConfig {
    sources = List.copyOf(sources);
    targets = List.copyOf(targets);
    subscribe = List.copyOf(subscribe);
  }

  private static void unique(
      Set<String> names, String name, Checks checks, Field<?> field, String what) {
    if (names.add(name)) return;
    checks.error(
        field, Codes.UNFIT, "two " + what + " are named `" + name + "`", "rename one of them");
  }

  /** Whoever can write a file that names programs can run anything as the gateway. */
  private static void permitted(
      TargetConfig target,
      boolean allowExec,
      Values values,
      Checks checks,
      Field<List<TargetConfig>> targets) {
    if (!(target.settings() instanceof TargetSettings.External(ExternalConfig external))) return;
    if (!external.runsPrograms()) return;
    String file = values.place(targets).file();
    Actions.programsForbidden(allowExec, Optional.of(Path.of(file)))
        .ifPresent(
            why ->
                checks.error(
                    targets,
                    RegistryCodes.PROGRAMS,
                    "target `" + target.rules().name() + "` runs a program: " + why,
                    "set registry.allow_exec, in a file that only root or the gateway's user may"
                        + " write; or use another action"));
  }

  private static String placeOf(TargetConfig target) {
    return switch (target.settings()) {
      case TargetSettings.Members members ->
          "the " + members.kind() + " of " + target.rules().sources();
      case TargetSettings.Relays _ -> "the relays of " + target.rules().sources();
      case TargetSettings.Upstream(String id) -> "upstream " + id;
      case TargetSettings.External(ExternalConfig external) ->
          "the list " + external.path() + " of " + external.file();
      case TargetSettings.Subscribe(String id) -> "upstream " + id;
    };
  }

  /**
   * The same for a look that changes nothing: another state file, and every target dry.
   *
   * @param past whether lists of the past are looked at: who left since is not kept waiting there
   */
  public RegistryConfig looking(Path state, boolean past) {
    return new RegistryConfig(
        pace,
        Optional.of(state),
        false,
        false,
        sources,
        targets.stream()
            .map(TargetConfig::dry)
            .map(each -> past ? each.withoutMemory() : each)
            .toList(),
        rails,
        subscribe);
  }

  /**
   * The same with targets for those who prove who they are by a source that has none of that kind:
   * they mirror it.
   *
   * @param named sources by what their entries may use; names of others are passed over
   */
  public RegistryConfig implying(Map<Use, Set<String>> named) {
    List<TargetConfig> all = new ArrayList<>(targets);
    Set<String> known =
        sources.stream().map(source -> source.rules().name()).collect(Collectors.toSet());
    named.forEach(
        (use, names) -> {
          for (String name : names) {
            if (known.contains(name) && !declares(use, name)) {
              all.add(TargetConfig.implied(use, name));
            }
          }
        });
    return new RegistryConfig(
        pace, stateFile, allowExec, requireSync, sources, all, rails, subscribe);
  }

  private boolean declares(Use use, String source) {
    return targets.stream()
        .anyMatch(
            target ->
                target.settings().equals(new TargetSettings.Members(use))
                    && target.rules().sources().contains(source));
  }

  /** The same with other settings of its sources. */
  public RegistryConfig mapSources(UnaryOperator<SourceSettings> change) {
    return new RegistryConfig(
        pace,
        stateFile,
        allowExec,
        requireSync,
        sources.stream().map(change).toList(),
        targets,
        rails,
        subscribe);
  }

  /** Whether there is anything to do. */
  public boolean idle() {
    return sources.isEmpty() && targets.isEmpty();
  }
}
