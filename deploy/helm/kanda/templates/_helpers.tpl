{{- define "kanda.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "kanda.selector" -}}
app.kubernetes.io/name: kanda
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "kanda.labels" -}}
{{ include "kanda.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{- define "kanda.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end -}}

{{- define "kanda.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "kanda.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* One variable whose value is in a Secret: a list of its name and where the value is. */}}
{{- define "kanda.secretSetting" -}}
- name: {{ index . 0 }}
  valueFrom:
    secretKeyRef: {{- toYaml (index . 1) | nindent 6 }}
{{- end -}}

{{- define "kanda.databaseSecret" -}}
name: {{ required "database.existingSecret: name the Secret that holds the database's URL" .Values.database.existingSecret }}
items:
  - key: {{ .Values.database.key }}
    path: database-url
{{- end -}}
