#!lua name=inventory

-- Every write to the index. Records are 12 bytes, big-endian, sorted by slot (see codec.py):
-- head u16 (slot << 7 | state), quantity u16, price u32, observed u32. State bit 0: the record has rare
-- attributes in the extras hash; bit 1 (dated): no snapshot of its store renews its age.

local WIDTH = 12
local SLOTS = 512

local function head(value, index)
  local high, low = string.byte(value, index * WIDTH + 1, index * WIDTH + 2)
  return high * 256 + low
end

local function observed(value, index)
  local a, b, c, d = string.byte(value, index * WIDTH + 9, index * WIDTH + 12)
  return ((a * 256 + b) * 256 + c) * 256 + d
end

local function slot_of(value, index)
  return math.floor(head(value, index) / 128)
end

local function has_extra(value, index)
  return head(value, index) % 2 == 1
end

local function is_dated(value, index)
  return math.floor(head(value, index) / 2) % 2 == 1
end

-- First record at or after `from` whose slot is not below the one sought.
local function seek(value, from, count, slot)
  local low, high = from, count
  while low < high do
    local middle = math.floor((low + high) / 2)
    if slot_of(value, middle) < slot then low = middle + 1 else high = middle end
  end
  return low
end

-- Whether a patch record may replace what stands there. Last writer wins on the observed time, equal
-- times go to the later publication. `late`: the store's newer snapshot spoke for everything that was
-- not dated, so only a dated record may still be outdone. `force`: a settled truth. A number is the time up
-- to which everything was withdrawn: what is not newer gives way to anything.
local function wins(mode, old, index, patch, j)
  if mode == 'force' then return true end
  local withdrawn = tonumber(mode)
  if index == nil then return mode == 'newer' or withdrawn ~= nil end
  if withdrawn and observed(old, index) <= withdrawn then return true end
  if mode == 'late' and not is_dated(old, index) then return false end
  return observed(patch, j) >= observed(old, index)
end

local function merge_tile(mode, old, patch, place, extras, changed)
  local count, patches = #old / WIDTH, #patch / WIDTH
  if count == 0 and next(extras) == nil then
    if mode == 'newer' or mode == 'force' or tonumber(mode) then return patch, patches end
    return old, 0
  end
  local pieces, copied, applied = {}, 0, 0
  for j = 0, patches - 1 do
    local slot = slot_of(patch, j)
    local at = seek(old, copied, count, slot)
    local found = at < count and slot_of(old, at) == slot
    if wins(mode, old, found and at or nil, patch, j) and (found or mode ~= 'drop') then
      if at > copied then pieces[#pieces + 1] = string.sub(old, copied * WIDTH + 1, at * WIDTH) end
      local field = tostring(place + slot)
      if mode ~= 'drop' then
        pieces[#pieces + 1] = string.sub(patch, j * WIDTH + 1, (j + 1) * WIDTH)
        if has_extra(patch, j) then changed[field] = extras[field]
        elseif found and has_extra(old, at) then changed[field] = false end
      elseif has_extra(old, at) then
        changed[field] = false
      end
      copied = found and at + 1 or at
      applied = applied + 1
    end
  end
  if copied < count then pieces[#pieces + 1] = string.sub(old, copied * WIDTH + 1) end
  return table.concat(pieces), applied
end

local function extras_from(args, first)
  local extras = {}
  for i = first, #args, 2 do extras[args[i]] = args[i + 1] end
  return extras
end

-- FCALL merge 2 s:{p} x:{p} mode tiles [tile records]... [place extra]...
-- mode: newer, late, force, drop, or a time. Returns how many records were applied. Repeating a call changes nothing.
local function merge(keys, args)
  local mode, tiles = args[1], tonumber(args[2])
  local extras, changed, applied = extras_from(args, 3 + 2 * tiles), {}, 0
  for i = 0, tiles - 1 do
    local tile, patch = args[3 + 2 * i], args[4 + 2 * i]
    local old = redis.call('HGET', keys[1], tile)
    local value, count = merge_tile(mode, old or '', patch, tonumber(tile) * SLOTS, extras, changed)
    if count > 0 then
      if #value > 0 then redis.call('HSET', keys[1], tile, value) else redis.call('HDEL', keys[1], tile) end
      applied = applied + count
    end
  end
  for field, json in pairs(changed) do
    if json then redis.call('HSET', keys[2], field, json) else redis.call('HDEL', keys[2], field) end
  end
  return applied
end

-- FCALL replace 2 s:{p} x:{p} card tiles [tile records]... [place extra]...
-- The whole product at once, whatever stood there; an empty card means none.
local function replace(keys, args)
  local card, tiles = args[1], tonumber(args[2])
  redis.call('DEL', keys[1], keys[2])
  if #card > 0 then redis.call('HSET', keys[1], 'c', card) end
  for i = 3, 2 + 2 * tiles, 2 do redis.call('HSET', keys[1], args[i], args[i + 1]) end
  for i = 3 + 2 * tiles, #args, 2 do redis.call('HSET', keys[2], args[i], args[i + 1]) end
  return tiles
end

redis.register_function('merge', merge)
redis.register_function('replace', replace)
