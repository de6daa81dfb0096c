package io.fairlead.app.reload;

import io.fairlead.core.config.ConfigEdit;
import io.fairlead.core.config.ConfigLayer;
import java.util.ArrayList;
import java.util.List;

/**
 * Everything a configuration is made of: the base, the registry's layer over it, and the API's
 * uppermost. Immutable.
 */
public record ConfigInputs(Base base, List<LayerEdit> registry, List<LayerEdit> api) {
  /** Only what is written. */
  public static final ConfigInputs OWN = new ConfigInputs(new Base.Own(), List.of(), List.of());

  static final String REGISTRY = "registry";
  static final String API = "api";

  /** Edits one layer may hold; each is a change somebody made by hand or one target's list. */
  static final int EDITS_MAX = 1_000;

  public ConfigInputs {
    registry = List.copyOf(registry);
    api = List.copyOf(api);
  }

  /** Lowest first. */
  public List<ConfigLayer> layers() {
    return List.of(
        new ConfigLayer(REGISTRY, registry.stream().map(LayerEdit::edit).toList()),
        new ConfigLayer(API, api.stream().map(LayerEdit::edit).toList()));
  }

  ConfigInputs withBase(Base next) {
    return new ConfigInputs(next, registry, api);
  }

  ConfigInputs withRegistry(List<LayerEdit> next) {
    return new ConfigInputs(base, next, api);
  }

  ConfigInputs withApi(List<LayerEdit> next) {
    return new ConfigInputs(base, registry, next);
  }

  /** With one more edit of the API's layer; what it makes pointless goes. */
  ConfigInputs edited(LayerEdit edit) {
    return withApi(added(api, edit));
  }

  /** Without what the API's layer says at a path and below it. */
  ConfigInputs reverted(String path) {
    return withApi(api.stream().filter(each -> !each.edit().within(path)).toList());
  }

  static List<LayerEdit> added(List<LayerEdit> edits, LayerEdit edit) {
    List<LayerEdit> next = new ArrayList<>();
    boolean replaces = edit.edit().op() != ConfigEdit.Op.MERGE;
    for (LayerEdit each : edits) {
      if (!(replaces && each.edit().within(edit.edit().path()))) next.add(each);
    }
    next.add(edit);
    return next;
  }

  /** What outlives the process. */
  ConfigInputs lasting() {
    return withApi(api.stream().filter(each -> !each.ephemeral()).toList());
  }
}
