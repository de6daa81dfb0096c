package io.fairlead.app;

import io.fairlead.app.convert.ConfigConversion;
import io.fairlead.app.convert.Conversion;
import io.fairlead.app.convert.ConversionException;
import io.fairlead.app.convert.Includes;
import io.fairlead.app.reload.Base;
import io.fairlead.app.reload.ConfigController;
import io.fairlead.app.reload.ConfigController.WhenBusy;
import io.fairlead.app.reload.ConfigInputs;
import io.fairlead.app.reload.Described;
import io.fairlead.app.reload.HistoryRecord;
import io.fairlead.app.reload.Loaded;
import io.fairlead.app.reload.Running;
import io.fairlead.control.api.AdaptReport;
import io.fairlead.control.api.ConfigControl;
import io.fairlead.control.api.ConfigHistory;
import io.fairlead.control.api.ReloadRequest;
import io.fairlead.control.api.ReloadResult;
import io.fairlead.control.api.Who;
import io.fairlead.control.api.Wish;
import io.fairlead.core.config.ConfigDiff;
import io.fairlead.core.config.ConfigDocument;
import io.fairlead.core.config.ConfigDocument.SourceText;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.ConfigSplice;
import io.fairlead.core.config.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** What the control API asks about the configuration, answered. Thread-safe. */
final class ConfigDesk implements ConfigControl {
  private final Supplier<ConfigController<GatewayConfig>> controller;
  private final GatewayConfigLoader loader;

  /**
   * @param controller there once the gateway is built
   */
  ConfigDesk(Supplier<ConfigController<GatewayConfig>> controller, GatewayConfigLoader loader) {
    this.controller = controller;
    this.loader = loader;
  }

  @Override
  public CompletionStage<ReloadResult> reload(ReloadRequest request) {
    return onVirtualThread(() -> controller.get().reload(unmasked(request), WhenBusy.REFUSE));
  }

  @Override
  public CompletionStage<AdaptReport> adapt(Optional<String> text) {
    Base base = text.isPresent() ? new Base.Given(text.get()) : new Base.Own();
    return onVirtualThread(() -> controller.get().compare(base));
  }

  @Override
  public Optional<CompletionStage<AdaptReport>> adaptForeign(String format, String text) {
    return ConfigConversion.Format.named(format)
        .map(known -> onVirtualThread(() -> adaptForeign(known, text)));
  }

  private AdaptReport adaptForeign(ConfigConversion.Format format, String text) {
    ConfigSource source = new ConfigSource("<body>", text, Path.of("/"));
    try {
      Conversion conversion = ConfigConversion.convert(format, source, new Includes.Never());
      AdaptReport report = controller.get().compare(new Base.Given(conversion.yaml()));
      List<Problem> problems = new ArrayList<>(conversion.remarks());
      problems.addAll(report.problems());
      return report.with(problems);
    } catch (ConversionException wrong) {
      return AdaptReport.refused(
          controller.get().running().current().generation(), List.of(wrong.problem()));
    }
  }

  @Override
  public CompletionStage<Optional<Long>> confirm(Who who) {
    return onVirtualThread(() -> controller.get().confirm(who));
  }

  @Override
  public CompletionStage<List<ConfigHistory.Entry>> history() {
    return onVirtualThread(
        () -> controller.get().history().list().stream().map(HistoryRecord::entry).toList());
  }

  @Override
  public CompletionStage<Optional<ConfigHistory.Detail>> generation(long generation) {
    return onVirtualThread(
        () ->
            controller
                .get()
                .history()
                .find(generation)
                .map(
                    record ->
                        new ConfigHistory.Detail(
                            record.entry(), texts(record), record.edits(), record.diff())));
  }

  @Override
  public CompletionStage<Optional<ConfigHistory.Difference>> difference(long from, long to) {
    return onVirtualThread(
        () -> {
          Optional<HistoryRecord> one = controller.get().history().find(from);
          Optional<HistoryRecord> other = controller.get().history().find(to);
          if (one.isEmpty() || other.isEmpty()) return Optional.empty();
          List<ConfigHistory.Value> values = new ArrayList<>();
          for (ConfigDiff.Change change :
              ConfigDiff.between(
                  read(one.get()).reading().effective(),
                  read(other.get()).reading().effective(),
                  GatewayConfig.TYPE)) {
            values.add(
                new ConfigHistory.Value(
                    change.path(),
                    Described.op(change.operation()),
                    change.before(),
                    change.after(),
                    change.secret()));
          }
          return Optional.of(new ConfigHistory.Difference(from, to, values));
        });
  }

  @Override
  public CompletionStage<Optional<String>> source() {
    return onVirtualThread(
        () ->
            loader.file().isEmpty()
                ? Optional.empty()
                : ownDocument().map(own -> own.redactedText(own.files().getFirst())));
  }

  @Override
  public Origins origins() {
    Running<GatewayConfig> running = controller.get().running().current();
    Map<String, String> byPath = new LinkedHashMap<>();
    ConfigDocument document = running.reading().document();
    leaves(
        "",
        running.reading().effective().redacted(),
        path -> byPath.put(path, document.originOf(path).orElse("default")));
    String base = running.inputs().base() instanceof Base.Kept kept ? kept.why() : "file";
    return new Origins(base, byPath);
  }

  private static void leaves(String at, Object tree, java.util.function.Consumer<String> each) {
    switch (tree) {
      case Map<?, ?> map when !map.isEmpty() ->
          map.forEach(
              (key, child) -> {
                String escaped = key.toString().replace("~", "~0").replace("/", "~1");
                leaves(at + "/" + escaped, child, each);
              });
      case List<?> list when !list.isEmpty() -> {
        for (int i = 0; i < list.size(); i++) leaves(at + "/" + i, list.get(i), each);
      }
      default -> each.accept(at);
    }
  }

  /** Secrets that were hidden from the editor of a text come back from the text on disk. */
  private ReloadRequest unmasked(ReloadRequest request) {
    if (!(request.wish() instanceof Wish.Text(String text, boolean toFile))) return request;
    if (!text.contains("***")) return request;
    Optional<ConfigDocument> own = ownDocument();
    if (own.isEmpty()) return request;
    try {
      ConfigDocument edited = loader.load(new Base.Given(text), List.of()).reading().document();
      String whole = ConfigSplice.restored(edited, edited.files().getFirst(), own.get());
      return new ReloadRequest(
          new Wish.Text(whole, toFile),
          request.dryRun(),
          request.allowDisruptive(),
          request.confirmWithin(),
          request.ifMatch(),
          request.who(),
          request.comment());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private Optional<ConfigDocument> ownDocument() {
    try {
      return Optional.of(loader.load(new Base.Own(), List.of()).reading().document());
    } catch (IOException unreadable) {
      return Optional.empty();
    }
  }

  private Loaded<GatewayConfig> read(HistoryRecord record) {
    ConfigInputs inputs = record.inputs("", record.registry());
    try {
      return loader.load(inputs.base(), inputs.layers());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private List<ConfigHistory.Text> texts(HistoryRecord record) {
    ConfigDocument document = read(record).reading().document();
    return record.files().stream()
        .map(SourceText::name)
        .map(name -> new ConfigHistory.Text(name, document.redactedText(name)))
        .toList();
  }

  private static <T> CompletionStage<T> onVirtualThread(Supplier<T> work) {
    CompletableFuture<T> result = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("config-desk")
        .start(
            () -> {
              try {
                result.complete(work.get());
              } catch (RuntimeException failure) {
                result.completeExceptionally(failure);
              }
            });
    return result;
  }
}
