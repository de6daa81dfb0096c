// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.20;

/// One entry as it is stored and returned. The order of the fields is part of the interface: the
/// digest is taken over the ABI encoding of this tuple.
struct Proxy {
    bytes32 id;
    address operator;
    uint32 roles;
    uint8 status;
    uint16 weight;
    uint64 validUntil;
    uint64 updatedBlock;
    string endpoint;
    bytes publicKey;
    string group;
}

/// What a reader needs. Its interface id (ERC-165) is 0xeb2c22ac.
interface IProxyRegistry {
    function revision() external view returns (uint64);

    function digest() external view returns (bytes32);

    function count() external view returns (uint256);

    function getProxies(uint256 offset, uint256 limit)
        external
        view
        returns (Proxy[] memory page, uint256 total, uint64 atRevision);

    function getProxy(bytes32 id) external view returns (Proxy memory);

    function getEndpoints(uint32 roleMask) external view returns (string[] memory);
}

/// @title A list of nodes that gateways follow
/// @notice Registrars keep the list, guardians may only revoke, and the operator of an entry may
/// keep its own address, key and weight up to date, drain it and take it away. A revoked entry
/// stays as a tombstone until a registrar removes it. The contract calls nobody, holds no money and
/// cannot be upgraded.
contract ProxyRegistry is IProxyRegistry {
    bytes32 public constant DEFAULT_ADMIN_ROLE = 0x00;
    bytes32 public constant REGISTRAR_ROLE = keccak256("REGISTRAR_ROLE");
    bytes32 public constant GUARDIAN_ROLE = keccak256("GUARDIAN_ROLE");

    uint8 private constant ACTIVE = 1;
    uint8 private constant DRAINING = 2;
    uint8 private constant REVOKED = 3;
    uint32 private constant ROLES_ALL = 127;
    uint256 private constant PAGE_MAX = 500;
    uint256 private constant ENDPOINT_MAX = 255;
    uint256 private constant PUBLIC_KEY_MAX = 128;
    uint256 private constant GROUP_MAX = 64;

    event ProxyAdded(
        bytes32 indexed id, address indexed operator, uint32 roles, string endpoint, uint64 revision
    );
    event ProxyUpdated(
        bytes32 indexed id, address indexed operator, uint32 roles, string endpoint, uint64 revision
    );
    event ProxyStatusChanged(
        bytes32 indexed id, uint8 previousStatus, uint8 newStatus, uint64 revision
    );
    event ProxyRemoved(bytes32 indexed id, uint64 revision);
    event RoleGranted(
        bytes32 indexed role, address indexed account, address indexed sender
    );
    event RoleRevoked(
        bytes32 indexed role, address indexed account, address indexed sender
    );

    error Unauthorized(address account, bytes32 role);
    error UnknownProxy(bytes32 id);
    error AlreadyExists(bytes32 id);
    error InvalidEndpoint();
    error FieldTooLong();
    error InvalidStatus(uint8 status);
    error InvalidRoles(uint32 roles);
    error PageTooLarge(uint256 limit);
    error LastAdmin();

    /// Grows by one for each entry that changes.
    uint64 public revision;
    /// Sum, modulo 2^256, of keccak256(abi.encode(entry)) over the stored entries. Compares honest
    /// copies; it is no proof against whoever chooses the entries.
    bytes32 public digest;

    mapping(bytes32 => Proxy) private entries;
    /// Place in `ids` plus one; 0 for what is not stored.
    mapping(bytes32 => uint256) private places;
    bytes32[] private ids;
    mapping(bytes32 => mapping(address => bool)) private members;
    uint256 private admins;

    constructor(address admin) {
        grant(DEFAULT_ADMIN_ROLE, admin);
        grant(REGISTRAR_ROLE, admin);
        grant(GUARDIAN_ROLE, admin);
    }

    // Reading

    function supportsInterface(bytes4 interfaceId) external pure returns (bool) {
        return interfaceId == type(IProxyRegistry).interfaceId || interfaceId == 0x01ffc9a7;
    }

    function count() external view returns (uint256) {
        return ids.length;
    }

    /// @param limit 1 to 500
    function getProxies(uint256 offset, uint256 limit)
        external
        view
        returns (Proxy[] memory page, uint256 total, uint64 atRevision)
    {
        if (limit == 0 || limit > PAGE_MAX) revert PageTooLarge(limit);
        total = ids.length;
        atRevision = revision;
        uint256 size = offset >= total ? 0 : total - offset;
        if (size > limit) size = limit;
        page = new Proxy[](size);
        for (uint256 i = 0; i < size; i++) {
            page[i] = entries[ids[offset + i]];
        }
    }

    function getProxy(bytes32 id) external view returns (Proxy memory) {
        requireKnown(id);
        return entries[id];
    }

    /// Endpoints of active, unexpired entries that have one of the roles.
    function getEndpoints(uint32 roleMask) external view returns (string[] memory found) {
        uint256 matching = 0;
        for (uint256 i = 0; i < ids.length; i++) {
            if (serves(entries[ids[i]], roleMask)) matching++;
        }
        found = new string[](matching);
        uint256 next = 0;
        for (uint256 i = 0; i < ids.length; i++) {
            Proxy storage entry = entries[ids[i]];
            if (serves(entry, roleMask)) found[next++] = entry.endpoint;
        }
    }

    function hasRole(bytes32 role, address account) public view returns (bool) {
        return members[role][account];
    }

    // Changing entries

    /// @param endpoint 1 to 255 octets; "-" for an entry that has no address, such as a client
    function add(
        bytes32 id,
        address operator,
        uint32 roles,
        uint16 weight,
        uint64 validUntil,
        string calldata endpoint,
        bytes calldata publicKey,
        string calldata group
    ) external {
        requireRole(REGISTRAR_ROLE);
        if (id == 0 || places[id] != 0) revert AlreadyExists(id);
        ids.push(id);
        places[id] = ids.length;
        Proxy storage entry = entries[id];
        entry.id = id;
        entry.operator = operator;
        entry.status = ACTIVE;
        entry.roles = checked(roles);
        entry.weight = weight;
        entry.validUntil = validUntil;
        setTexts(entry, endpoint, publicKey, group);
        settle(entry);
        emit ProxyAdded(id, operator, roles, endpoint, revision);
    }

    /// The operator may change everything but the roles.
    function update(
        bytes32 id,
        uint32 roles,
        uint16 weight,
        uint64 validUntil,
        string calldata endpoint,
        bytes calldata publicKey,
        string calldata group
    ) external {
        requireKnown(id);
        Proxy storage entry = entries[id];
        if (!hasRole(REGISTRAR_ROLE, msg.sender)) {
            if (msg.sender != entry.operator || roles != entry.roles) {
                revert Unauthorized(msg.sender, REGISTRAR_ROLE);
            }
        }
        if (entry.status == REVOKED) revert InvalidStatus(REVOKED);
        unsettle(entry);
        entry.roles = checked(roles);
        entry.weight = weight;
        entry.validUntil = validUntil;
        setTexts(entry, endpoint, publicKey, group);
        settle(entry);
        emit ProxyUpdated(id, entry.operator, roles, endpoint, revision);
    }

    /// Registrars set any status, operators drain and return, guardians revoke.
    function setStatus(bytes32 id, uint8 status) external {
        requireKnown(id);
        if (status < ACTIVE || status > REVOKED) revert InvalidStatus(status);
        Proxy storage entry = entries[id];
        if (!hasRole(REGISTRAR_ROLE, msg.sender)) {
            if (status == REVOKED) requireRole(GUARDIAN_ROLE);
            else if (msg.sender != entry.operator || entry.status == REVOKED) {
                revert Unauthorized(msg.sender, REGISTRAR_ROLE);
            }
        }
        if (status == entry.status) revert InvalidStatus(status);
        move(entry, status);
    }

    /// Revokes all of them or none; what is revoked already is skipped.
    function revokeBatch(bytes32[] calldata revoked) external {
        if (!hasRole(REGISTRAR_ROLE, msg.sender)) requireRole(GUARDIAN_ROLE);
        for (uint256 i = 0; i < revoked.length; i++) {
            requireKnown(revoked[i]);
            Proxy storage entry = entries[revoked[i]];
            if (entry.status != REVOKED) move(entry, REVOKED);
        }
    }

    /// The last entry takes the place of the removed one.
    function remove(bytes32 id) external {
        requireKnown(id);
        Proxy storage entry = entries[id];
        if (!hasRole(REGISTRAR_ROLE, msg.sender)) {
            if (msg.sender != entry.operator || entry.status == REVOKED) {
                revert Unauthorized(msg.sender, REGISTRAR_ROLE);
            }
        }
        unsettle(entry);
        uint256 place = places[id];
        bytes32 last = ids[ids.length - 1];
        ids[place - 1] = last;
        places[last] = place;
        ids.pop();
        delete places[id];
        delete entries[id];
        revision++;
        emit ProxyRemoved(id, revision);
    }

    // Roles

    function grantRole(bytes32 role, address account) external {
        requireRole(DEFAULT_ADMIN_ROLE);
        grant(role, account);
    }

    function revokeRole(bytes32 role, address account) external {
        requireRole(DEFAULT_ADMIN_ROLE);
        withdraw(role, account);
    }

    /// @param account the caller
    function renounceRole(bytes32 role, address account) external {
        if (account != msg.sender) revert Unauthorized(msg.sender, role);
        withdraw(role, account);
    }

    // Inside

    function grant(bytes32 role, address account) private {
        if (members[role][account]) return;
        members[role][account] = true;
        if (role == DEFAULT_ADMIN_ROLE) admins++;
        emit RoleGranted(role, account, msg.sender);
    }

    function withdraw(bytes32 role, address account) private {
        if (!members[role][account]) return;
        if (role == DEFAULT_ADMIN_ROLE) {
            if (admins == 1) revert LastAdmin();
            admins--;
        }
        members[role][account] = false;
        emit RoleRevoked(role, account, msg.sender);
    }

    function requireRole(bytes32 role) private view {
        if (!members[role][msg.sender]) revert Unauthorized(msg.sender, role);
    }

    function requireKnown(bytes32 id) private view {
        if (places[id] == 0) revert UnknownProxy(id);
    }

    function serves(Proxy storage entry, uint32 roleMask) private view returns (bool) {
        return entry.status == ACTIVE && entry.roles & roleMask != 0
            && (entry.validUntil == 0 || entry.validUntil > block.timestamp);
    }

    function checked(uint32 roles) private pure returns (uint32) {
        if (roles == 0 || roles > ROLES_ALL) revert InvalidRoles(roles);
        return roles;
    }

    function setTexts(
        Proxy storage entry,
        string calldata endpoint,
        bytes calldata publicKey,
        string calldata group
    ) private {
        uint256 length = bytes(endpoint).length;
        if (length == 0 || length > ENDPOINT_MAX) revert InvalidEndpoint();
        if (publicKey.length > PUBLIC_KEY_MAX || bytes(group).length > GROUP_MAX) {
            revert FieldTooLong();
        }
        entry.endpoint = endpoint;
        entry.publicKey = publicKey;
        entry.group = group;
    }

    function move(Proxy storage entry, uint8 status) private {
        uint8 before = entry.status;
        unsettle(entry);
        entry.status = status;
        settle(entry);
        emit ProxyStatusChanged(entry.id, before, status, revision);
    }

    /// Takes an entry out of the digest; it is about to change.
    function unsettle(Proxy storage entry) private {
        unchecked {
            digest = bytes32(uint256(digest) - uint256(leaf(entry.id)));
        }
    }

    /// Puts an entry that has changed into the digest.
    function settle(Proxy storage entry) private {
        entry.updatedBlock = uint64(block.number);
        revision++;
        unchecked {
            digest = bytes32(uint256(digest) + uint256(leaf(entry.id)));
        }
    }

    function leaf(bytes32 id) private view returns (bytes32) {
        return keccak256(abi.encode(entries[id]));
    }
}
