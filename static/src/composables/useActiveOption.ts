import { computed, type Ref, ref, watchEffect } from 'vue'

/**
 * Which option of a list is the active one: the first, until a key or the pointer chooses another. Whatever is listed
 * above it later, it stays the one that it was, so that Enter never takes another than was seen.
 */
export function useActiveOption<Option extends { key: string }>(options: Readonly<Ref<readonly Option[]>>) {
  /** Of one that is not listed, the first is active. */
  const active = ref('')
  const activeOption = computed(() => options.value.find(({ key }) => key === active.value) ?? options.value[0])

  function activateFirst(): void {
    active.value = ''
  }

  watchEffect(() => {
    active.value = activeOption.value?.key ?? ''
  })

  return { active, activeOption, activateFirst }
}
