package io.fairlead.registry.evm;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.registry.evm.ChainException.Kind;
import io.fairlead.registry.evm.ListedRows.Fingerprint;
import io.fairlead.registry.evm.abi.BadAbiException;
import io.fairlead.registry.evm.contract.ProxyRow;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.registry.model.Snapshot;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The contract {@code ProxyRegistry}, read in pages. */
final class ReferenceContract implements ListedContract {
  private static final Logger log = LoggerFactory.getLogger(ReferenceContract.class);
  private static final int PAGE_MIN = 10;

  /** Pages asked for at the same time. */
  private static final int WINDOW = 4;

  /** Before {@code supportsInterface} has answered, the word for a yes. */
  private static final String SUPPORTS =
      RegistryAbi.SUPPORTS_INTERFACE.call(
          (Object) HexFormat.of().parseHex(RegistryAbi.INTERFACE_ID));

  private final AtomicInteger pageSize;
  private final Set<String> checked = java.util.concurrent.ConcurrentHashMap.newKeySet();

  ReferenceContract(int pageSize) {
    this.pageSize = new AtomicInteger(pageSize);
  }

  /** Entries asked for at once; shrinks when an endpoint cannot give that many. */
  int pageSize() {
    return pageSize.get();
  }

  @Override
  public List<String> topics() {
    return RegistryAbi.TOPICS;
  }

  @Override
  public boolean revisioned() {
    return true;
  }

  @Override
  public void check(EndpointReader endpoint, Header at, Deadline deadline)
      throws ChainException, InterruptedException {
    if (checked.contains(endpoint.alias())) return;
    endpoint.awaitContract(at, deadline);
    try {
      if (!RegistryAbi.supported(endpoint.call(at, SUPPORTS, deadline))) {
        throw new ChainException(Kind.MALFORMED, "the contract is no ProxyRegistry");
      }
    } catch (BadAbiException broken) {
      throw new ChainException(Kind.MALFORMED, "the contract is no ProxyRegistry");
    }
    checked.add(endpoint.alias());
  }

  @Override
  public Fingerprint fingerprint(EndpointReader endpoint, Header at, Deadline deadline)
      throws ChainException, InterruptedException {
    List<byte[]> answers =
        endpoint.calls(
            at,
            List.of(
                RegistryAbi.REVISION.call(), RegistryAbi.DIGEST.call(), RegistryAbi.COUNT.call()),
            deadline);
    try {
      BigInteger revision = RegistryAbi.revision(answers.get(0));
      BigInteger count = RegistryAbi.count(answers.get(2));
      if (count.bitLength() >= Integer.SIZE || revision.bitLength() >= Long.SIZE) {
        throw new ChainException(
            Kind.MALFORMED, count + " entries, " + Snapshot.ENTRIES_MAX + " may be");
      }
      return new Fingerprint(
          revision.longValue(), RegistryAbi.digest(answers.get(1)), count.longValue());
    } catch (BadAbiException broken) {
      throw new ChainException(Kind.MALFORMED, broken.getMessage());
    }
  }

  @Override
  public ListedRows rows(
      EndpointReader endpoint, Header at, Fingerprint expected, Deadline deadline)
      throws ChainException, InterruptedException {
    if (expected.count() > Snapshot.ENTRIES_MAX) {
      throw new ChainException(
          Kind.MALFORMED, expected.count() + " entries, " + Snapshot.ENTRIES_MAX + " may be");
    }
    while (true) {
      int size = pageSize.get();
      try {
        return checked(pages(endpoint, at, expected, size, deadline), expected);
      } catch (ChainException failure) {
        boolean smaller = failure.kind() == Kind.REFUSED && size > PAGE_MIN;
        if (!smaller) throw failure;
        pageSize.compareAndSet(size, Math.max(PAGE_MIN, size / 2));
        log.atInfo()
            .addKeyValue("endpoint", endpoint.alias())
            .addKeyValue("page", pageSize.get())
            .addKeyValue("why", failure.getMessage())
            .log("registry pages made smaller");
      }
    }
  }

  private static List<ProxyRow> pages(
      EndpointReader endpoint, Header at, Fingerprint expected, int size, Deadline deadline)
      throws ChainException, InterruptedException {
    List<ProxyRow> rows = new ArrayList<>((int) expected.count());
    long bytes = 0;
    long offset = 0;
    while (offset < expected.count()) {
      List<String> window = new ArrayList<>(WINDOW);
      for (int i = 0; i < WINDOW && offset < expected.count(); i++, offset += size) {
        window.add(
            RegistryAbi.GET_PROXIES.call(BigInteger.valueOf(offset), BigInteger.valueOf(size)));
      }
      for (byte[] answer : endpoint.calls(at, window, deadline)) {
        RegistryAbi.Page page = page(answer);
        boolean same =
            page.revision().equals(BigInteger.valueOf(expected.revision()))
                && page.total().equals(BigInteger.valueOf(expected.count()));
        if (!same) {
          throw new ChainException(
              Kind.MALFORMED,
              "a page of revision " + page.revision() + " among those of " + expected.revision());
        }
        rows.addAll(page.rows());
        for (ProxyRow row : page.rows()) bytes += row.size();
        if (rows.size() > expected.count() || bytes > Snapshot.BYTES_MAX) {
          throw new ChainException(Kind.MALFORMED, "pages hold more than they may");
        }
      }
    }
    return rows;
  }

  private static RegistryAbi.Page page(byte[] answer) throws ChainException {
    try {
      return RegistryAbi.page(answer);
    } catch (BadAbiException broken) {
      throw new ChainException(Kind.MALFORMED, broken.getMessage());
    }
  }

  private static ListedRows checked(List<ProxyRow> rows, Fingerprint expected)
      throws ChainException {
    if (rows.size() != expected.count()) {
      throw new ChainException(
          Kind.MALFORMED, rows.size() + " entries came, " + expected.count() + " are stored");
    }
    Set<String> ids = new HashSet<>();
    for (ProxyRow row : rows) {
      if (!ids.add(row.id())) {
        throw new ChainException(Kind.MALFORMED, "entry " + row.id() + " came twice");
      }
    }
    if (!RegistryAbi.digestOf(rows).equals(expected.digest())) {
      throw new ChainException(Kind.MALFORMED, "the entries do not add up to the digest");
    }
    return new ListedRows(expected, rows.stream().map(ListedRow::of).toList());
  }
}
