package io.fairlead.registry.external;

import io.fairlead.registry.action.ActionResult;
import io.fairlead.registry.action.Actions;
import io.fairlead.registry.action.Occasion;
import io.fairlead.registry.action.Reloading;
import io.fairlead.registry.action.Verification;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.BadAddressException;
import io.fairlead.registry.model.CanonicalAddress;
import io.fairlead.registry.plan.Change;
import io.fairlead.registry.plan.Item;
import io.fairlead.registry.plan.Plan;
import io.fairlead.registry.rewrite.FileSwap;
import io.fairlead.registry.rewrite.ListEdit;
import io.fairlead.registry.rewrite.ListMemory;
import io.fairlead.registry.rewrite.SwapException;
import io.fairlead.registry.rewrite.TextFormat;
import io.fairlead.registry.rewrite.UneditableException;
import io.fairlead.registry.target.Actual;
import io.fairlead.registry.target.Applied;
import io.fairlead.registry.target.Reloaded;
import io.fairlead.registry.target.Target;
import io.fairlead.registry.target.TargetException;
import io.fairlead.registry.target.TargetException.Reason;
import io.fairlead.registry.target.Verified;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * A list in another program's configuration file. Its lines are what the operator wrote there;
 * lines that were taken out are remembered beside the state and belong to the local list, so that
 * they come back when the sources name them again.
 *
 * <p>A line that is no address counts as a line of its own that no list ever names.
 */
public final class ExternalConfigTarget implements Target {
  private final String name;
  private final ExternalConfig config;
  private final TextFormat format;
  private final AddressParser addresses;
  private final FileSwap swap;
  private final MemoryFile memory;
  private final Optional<Reloading> reloading;
  private final Actions actions;
  private final Optional<Verification> verification;

  /**
   * @param defaultPort for lines without one
   * @param memory own file, for what was taken out
   * @throws IllegalArgumentException the file's ending names no known format
   */
  public ExternalConfigTarget(
      String name,
      ExternalConfig config,
      OptionalInt defaultPort,
      Path memory,
      FileSwap swap,
      Actions actions) {
    this.name = name;
    this.config = config;
    this.format =
        TextFormat.ofName(config.file())
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "file: " + config.file() + " (expected: .yaml, .yml, .json or .toml)"));
    this.addresses = AddressParser.ofOperator().withDefaultPort(defaultPort);
    this.swap = swap;
    this.memory = new MemoryFile(memory, swap);
    this.reloading = config.reload().map(actions::reloading);
    this.actions = actions;
    this.verification = actions.verification(config.verify());
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String kind() {
    return "external_config";
  }

  @Override
  public Actual actual() throws TargetException {
    ListEdit edit = opened(read());
    List<Item> now = edit.values().stream().map(this::item).toList();
    List<Item> local = edit.entries().stream().map(entry -> item(entry.original())).toList();
    return new Actual(now, local);
  }

  @Override
  public Applied apply(Plan plan) throws TargetException, InterruptedException {
    FileSwap.Content content = readInterruptibly();
    ListEdit edit = opened(content);
    List<Item> now = edit.values().stream().map(this::item).toList();
    if (!Item.digest(now).equals(plan.beforeDigest())) {
      throw new TargetException(Reason.CONFLICT, config.file() + ": its list changed meanwhile");
    }
    ListEdit.Result result = edited(edit, plan.result());
    List<String> notes = new ArrayList<>();
    if (result.text().equals(text(content))) return Applied.DONE;
    try {
      remember(result.memory());
      FileSwap.Done done =
          swap.replace(
              config.file(),
              content.digest(),
              result.text().getBytes(StandardCharsets.UTF_8),
              write(content.file()));
      notes.addAll(done.warnings());
      if (done.inPlace()) notes.add("written in place: the file itself is a mount point");
    } catch (SwapException failure) {
      throw failed(failure);
    } catch (IOException failure) {
      throw new TargetException(
          Reason.WRITE_FAILED, "memory of " + config.file() + ": " + failure.getMessage(), failure);
    }
    return new Applied(Map.of(), notes);
  }

  @Override
  public Reloaded reload(Plan plan) throws InterruptedException {
    if (reloading.isEmpty()) return Reloaded.DONE;
    return switch (reloading.get().run(occasion(plan))) {
      case ActionResult.Done(String note) -> new Reloaded.Done(note);
      case ActionResult.Failed(String reason) -> new Reloaded.Failed(reason);
      // The process is wrong, not the list: an older list would not make it right.
      case ActionResult.Refused(String reason) -> new Reloaded.Failed(reason);
    };
  }

  @Override
  public Verified verify(Plan plan) throws InterruptedException {
    if (verification.isEmpty()) return Verified.GOOD;
    String digest;
    try {
      digest = swap.read(config.file()).digest();
    } catch (SwapException unreadable) {
      return new Verified.Bad(unreadable.getMessage());
    }
    return verification
        .get()
        .run(occasion(plan), digest)
        .<Verified>map(Verified.Bad::new)
        .orElse(Verified.GOOD);
  }

  @Override
  public Optional<String> strays() throws InterruptedException {
    if (reloading.isEmpty()) return Optional.empty(); // nobody could tell it
    try {
      return actions.strays(config.verify(), swap.read(config.file()).digest());
    } catch (SwapException unreadable) {
      return Optional.empty(); // the next cycle says so
    }
  }

  private Occasion occasion(Plan plan) {
    List<String> added = new ArrayList<>();
    List<String> removed = new ArrayList<>();
    for (Change change : plan.changes()) {
      if (change.removes()) removed.addAll(change.keys());
      else if (change.adds()) added.addAll(change.keys());
    }
    return new Occasion(
        name,
        plan.id(),
        config.file().toAbsolutePath(),
        added,
        removed,
        plan.position(),
        plan.tx());
  }

  private FileSwap.Write write(Path real) throws InterruptedException {
    boolean bound =
        config.write() == FileSwap.Write.AUTO
            && reloading.isPresent()
            && reloading.get().holdsTheFileItself(real);
    return bound ? FileSwap.Write.IN_PLACE : config.write();
  }

  // --- the list

  private ListEdit opened(FileSwap.Content content) throws TargetException {
    ListMemory[] memories =
        config.restore() ? memory.read().toArray(ListMemory[]::new) : new ListMemory[0];
    try {
      return ListEdit.open(text(content), format, config.path(), memories);
    } catch (UneditableException refused) {
      throw uneditable(refused);
    }
  }

  private ListEdit.Result edited(ListEdit edit, List<Item> wanted) throws TargetException {
    Map<String, Item> byKey = new HashMap<>();
    for (Item item : wanted) item.keys().forEach(key -> byKey.putIfAbsent(key, item));
    Map<Item, Boolean> placed = new LinkedHashMap<>();
    wanted.forEach(item -> placed.put(item, false));
    List<Optional<String>> fates = new ArrayList<>();
    for (ListMemory.Entry entry : edit.entries()) {
      Item original = item(entry.original());
      Optional<Item> found =
          original.keys().stream()
              .map(byKey::get)
              .filter(item -> item != null && !placed.getOrDefault(item, true))
              .findFirst();
      found.ifPresent(item -> placed.put(item, true));
      fates.add(found.map(item -> written(original, item, entry)));
    }
    List<String> added = new ArrayList<>();
    placed.forEach(
        (item, there) -> {
          if (!there) added.add(item.text());
        });
    try {
      return edit.apply(fates, added);
    } catch (UneditableException refused) {
      throw uneditable(refused);
    }
  }

  /** As the operator wrote it, when it means the same. */
  private static String written(Item original, Item wanted, ListMemory.Entry entry) {
    Set<String> keys = new HashSet<>(wanted.keys());
    boolean whole = keys.equals(new HashSet<>(original.keys()));
    return whole ? entry.original() : wanted.text();
  }

  private Item item(String text) {
    List<CanonicalAddress> found;
    try {
      found = addresses.node(text);
    } catch (BadAddressException notAnAddress) {
      return new Item(
              text,
              List.of(text),
              Optional.empty(),
              io.fairlead.core.access.Membership.Standing.ACTIVE,
              1,
              "",
              Optional.empty(),
              Optional.empty(),
              false)
          .bare();
    }
    return Item.plain(text, found);
  }

  // --- the files

  /** The new memory first, and the one before: whichever the file turns out to be, one fits. */
  private void remember(ListMemory next) throws IOException {
    if (!config.restore()) return;
    List<ListMemory> both = new ArrayList<>(List.of(next));
    memory.read().stream().limit(1).forEach(both::add);
    memory.write(both);
  }

  private FileSwap.Content read() throws TargetException {
    try {
      return readInterruptibly();
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      throw new TargetException(Reason.UNREADABLE, "interrupted", stopped);
    }
  }

  private FileSwap.Content readInterruptibly() throws TargetException, InterruptedException {
    try {
      return swap.read(config.file());
    } catch (SwapException failure) {
      throw failure instanceof SwapException.Failed
          ? new TargetException(Reason.UNREADABLE, failure.getMessage(), failure)
          : failed(failure);
    }
  }

  private static TargetException failed(SwapException failure) {
    Reason reason =
        switch (failure) {
          case SwapException.Locked _ -> Reason.BUSY;
          case SwapException.Changed _ -> Reason.CONFLICT;
          case SwapException.Unfit _ -> Reason.UNEDITABLE;
          case SwapException.Failed _ -> Reason.WRITE_FAILED;
        };
    return new TargetException(reason, failure.getMessage(), failure);
  }

  private TargetException uneditable(UneditableException refused) {
    return new TargetException(
        Reason.UNEDITABLE, config.file() + ":" + refused.getMessage(), refused);
  }

  private String text(FileSwap.Content content) throws TargetException {
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(content.bytes()))
          .toString();
    } catch (CharacterCodingException notUtf8) {
      throw new TargetException(Reason.UNEDITABLE, config.file() + ": is not UTF-8 text", notUtf8);
    }
  }
}
